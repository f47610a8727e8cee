"""The registry nodes of snreid_mm, one for each kind of component.

Every node is a child of MMPretrain's node of the same kind, so a config whose
``default_scope`` is ``'mmpretrain'`` finds both: MMPretrain's types by their
bare name (``'ResNet'``) and ours with the prefix (``'snreid_mm.PlayerReID'``).

``locations`` names the parent's package too. A registry imports its own
locations when a type is first asked for, never those of its parent, and an
``import mmpretrain.models`` that nobody did would otherwise surface as an
unknown type.
"""

from mmengine.registry import STRATEGIES as _STRATEGIES
from mmengine.registry import Registry
from mmpretrain import registry as _parent

__all__ = [
    'DATASETS', 'DATA_SAMPLERS', 'HOOKS', 'METRICS', 'MODELS',
    'OPTIM_WRAPPERS', 'STRATEGIES', 'TRANSFORMS', 'VISUALIZERS'
]

# Datasets, e.g. `SoccerNetReID`.
DATASETS = Registry(
    'dataset',
    parent=_parent.DATASETS,
    scope='snreid_mm',
    locations=['mmpretrain.datasets', 'snreid_mm.datasets'])
# Samplers that decide which crops meet in a batch, e.g.
# `ActionIdentitySampler`.
DATA_SAMPLERS = Registry(
    'data sampler',
    parent=_parent.DATA_SAMPLERS,
    scope='snreid_mm',
    locations=['mmpretrain.datasets', 'snreid_mm.datasets'])
# Steps of a data pipeline.
TRANSFORMS = Registry(
    'transform',
    parent=_parent.TRANSFORMS,
    scope='snreid_mm',
    locations=['mmpretrain.datasets', 'snreid_mm.datasets'])
# Models and their parts: backbones, necks, heads, losses; and the exported
# file that stands in the place of a model.
MODELS = Registry(
    'model',
    parent=_parent.MODELS,
    scope='snreid_mm',
    locations=[
        'mmpretrain.models', 'snreid_mm.models', 'snreid_mm.deployment'
    ])
# Metrics, e.g. `ActionRetrievalMetric`.
METRICS = Registry(
    'metric',
    parent=_parent.METRICS,
    scope='snreid_mm',
    locations=['mmpretrain.evaluation', 'snreid_mm.evaluation'])
# Hooks that the runner calls, e.g. `ResumeGuardHook`.
HOOKS = Registry(
    'hook',
    parent=_parent.HOOKS,
    scope='snreid_mm',
    locations=['mmpretrain.engine', 'snreid_mm.engine'])
# Wrappers of the optimizer, e.g. `Bfloat16OptimWrapper`.
OPTIM_WRAPPERS = Registry(
    'optimizer wrapper',
    parent=_parent.OPTIM_WRAPPERS,
    scope='snreid_mm',
    locations=['mmpretrain.engine', 'snreid_mm.engine'])
# How several processes share a training, e.g. `FSDPStrategy`; MMPretrain has
# no node of them.
STRATEGIES = Registry(
    'strategy',
    parent=_STRATEGIES,
    scope='snreid_mm',
    locations=['snreid_mm.engine'])
# Visualizers, as MMEngine's runner builds them from `cfg.visualizer`.
VISUALIZERS = Registry(
    'visualizer',
    parent=_parent.VISUALIZERS,
    scope='snreid_mm',
    locations=['mmpretrain.visualization', 'snreid_mm.visualization'])
