"""The tables of ``docs/model_zoo.md``, from the metafiles of the configs."""

import functools
import os
from pathlib import Path
from typing import Dict, List

import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = 'docs/model_zoo.md'
HEADER = ('| name | trained on | use for | not for | scores | weights |\n'
          '| --- | --- | --- | --- | --- | --- |\n')


@functools.lru_cache(maxsize=None)
def read_models() -> Dict[str, List[dict]]:
    """The entries of ``model-index.yml`` by collection, in their order.

    What an entry's ``Metadata`` does not say, its collection's says.
    """
    models = {}
    for name in _read('model-index.yml')['Import']:
        metafile = _read(name)
        shared = {
            collection['Name']: collection['Metadata']
            for collection in metafile['Collections']
        }
        for model in metafile['Models']:
            collection = model['In Collection']
            metadata = {**shared[collection], **model['Metadata']}
            models.setdefault(collection, []).append(
                dict(model, Metadata=metadata))
    return models


def model_table(collection: str) -> str:
    """The models of a collection as a table in Markdown, one row each.

    Links lead from :data:`PAGE`.
    """
    models = read_models()[collection]
    return HEADER + ''.join(f'| {" | ".join(row(model))} |\n'
                            for model in models)


def row(model: dict) -> List[str]:
    """The cells of a model.

    Raises:
        KeyError: If the metafile does not say what it is trained on, what it
            is for and what it is not for.
    """
    metadata = model['Metadata']
    for key in ('Training Data', 'Use For', 'Not For'):
        if not metadata.get(key):
            raise KeyError(
                f'{model["Name"]} has no {key!r}: write it into the Metadata '
                'of the model or of its collection, in '
                f'{Path(model["Config"]).parent}/metafile.yml.')
    data = metadata['Training Data']
    return [
        f'[{model["Name"]}]({_link(model["Config"])})',
        data if isinstance(data, str) else ', then '.join(data),
        metadata['Use For'],
        metadata['Not For'],
        _scores(model),
        _weights(model),
    ]


def _scores(model: dict) -> str:
    for result in model.get('Results', []):
        return _score(result['Metrics'], result['Dataset'],
                      _link(result['Source']))
    published = model['Metadata'].get('Published Score')
    if published:
        metrics = {
            key: published[key]
            for key in ('mAP', 'rank-1') if key in published
        }
        return 'its authors\': ' + _score(metrics, published['Split'],
                                          published['Source'])
    return 'not measured'


def _score(metrics: dict, data: str, source: str) -> str:
    numbers = ', '.join(f'{name} {value}' for name, value in metrics.items())
    return f'{numbers} on {data} ([source]({source}))'


def _weights(model: dict) -> str:
    if 'Weights' in model:
        return f'[public]({model["Weights"]})'
    return model['Metadata'].get('Public Weights', 'none')


def _link(path: str) -> str:
    if path == 'README.md':  # the site's first page has its sections
        path = 'docs/index.md'
    return os.path.relpath(path, Path(PAGE).parent)


def _read(name: str) -> dict:
    return yaml.safe_load((ROOT / name).read_text(encoding='utf-8'))
