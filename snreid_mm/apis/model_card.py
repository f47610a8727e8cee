"""The Markdown page that lies beside the weights of a saved model."""

from typing import Dict

from .frozen_model import FrozenModel

_CARD = '''\
# {name}

An embedding for re-identifying soccer players: crops of one person lie near
to each other, by Euclidean distance. It was made with snreid_mm.

```python
from snreid_mm.apis import PlayerReIDInferencer

inferencer = PlayerReIDInferencer('path/to/this/folder')
embeddings = inferencer.extract('path/to/crops')
```

## What it is

{what}

## What it was trained on

{trained}

## Where it can be trusted

The network knows the footage that it was trained on. Crops of other leagues,
cameras, image sizes or sports are another domain: distances, and probabilities
all the more, may then mean little. Measure it on labelled crops of your own
before you rely on it.{synthetic}

It tells apart people within one action, by kit, build and pose. It knows
nobody by name, and it is no biometric identification of a person.

## Probabilities

{calibration}
'''
_SYNTHETIC = '''

**The training data are drawn, a synthetic pitch. It is no model of real
players.**'''


def format_model_card(frozen: FrozenModel) -> str:
    """Format the model card of a model, in Markdown."""
    model = frozen.model
    parts = model.get('part_extractor')
    trained = frozen.trained_on
    # A pitch has SoccerNet's layout, and its data set's name.
    is_synthetic = 'pitch' in ' '.join(
        map(str, (frozen.name, trained.get('data root', '')))).lower()
    return _CARD.format(
        name=frozen.name,
        what=_format_list({
            'appearance': model['backbone'].get('type'),
            'parts': 'none' if parts is None else parts.get('type'),
            'transforms': ', '.join(
                str(step.get('type')) for step in frozen.pipeline),
            'ranked together by':
            frozen.matching.name if frozen.matching else 'nothing',
        }),
        trained=_format_list(trained) or 'The checkpoint does not say.',
        synthetic=_SYNTHETIC if is_synthetic else '',
        calibration=_format_calibration(frozen.calibration))


def _format_list(items: Dict) -> str:
    return '\n'.join(f'- {key}: {value}' for key, value in items.items())


def _format_calibration(calibration) -> str:
    if calibration is None:
        return ('None: the model gives distances. A calibration is fitted on '
                'labelled crops (tools/analysis_tools/calibrate.py).')
    return (
        'Calibrated on the valid split of its data. Two crops in a ranking '
        f'count as one person above {calibration.threshold:.4f}, fitted for '
        f'{100 * calibration.false_accept_rate:g} % false accepts.')
