"""Which classes the config of a saved model may name.

A registry of MMEngine imports whatever a dotted type names, and some of the
registered classes fetch code from a network. A folder that somebody has sent
must do neither, so only the networks and transforms of these packages pass.
"""

from typing import Any

from mmcv.transforms import TRANSFORMS as MMCV_TRANSFORMS
from mmengine.registry import MODELS as ROOT_MODELS
from mmengine.registry import TRANSFORMS as ROOT_TRANSFORMS
from mmpose.registry import KEYPOINT_CODECS
from mmpose.registry import MODELS as POSE_MODELS
from mmpretrain.registry import MODELS as PRETRAIN_MODELS
from mmpretrain.registry import TRANSFORMS as PRETRAIN_TRANSFORMS

from snreid_mm.registry import MODELS, TRANSFORMS

_REGISTRIES = dict(
    snreid_mm=(MODELS, TRANSFORMS),
    mmpretrain=(PRETRAIN_MODELS, PRETRAIN_TRANSFORMS),
    mmpose=(POSE_MODELS, KEYPOINT_CODECS),
    mmcv=(MMCV_TRANSFORMS, ),
    mmengine=(ROOT_MODELS, ROOT_TRANSFORMS))
_PACKAGES = ('snreid_mm.models.', 'snreid_mm.datasets.transforms.',
             'mmpretrain.models.backbones.', 'mmpretrain.models.necks.',
             'mmpretrain.models.utils.', 'mmpretrain.datasets.transforms.',
             'mmpose.models.', 'mmpose.codecs.', 'mmcv.', 'mmengine.model.',
             'torch.nn.')
# Where a class would read other files or ask a network.
_SOURCES = ('init_cfg', 'checkpoint', 'checkpoint_path', 'pretrained')


def check_types(node: Any, where: str) -> None:
    """Refuse a config that names more than networks and transforms.

    Args:
        node: Plain JSON data.
        where (str): What it is, for messages.

    Raises:
        ValueError: If it names another type or scope, or weights to fetch.
    """
    if isinstance(node, list):
        for i, value in enumerate(node):
            check_types(value, f'{where}[{i}]')
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        inner = f'{where}.{key}'
        if key == 'type' and not _is_known(value):
            raise ValueError(
                f'{inner} is {value!r}, which is no network or transform of '
                'snreid_mm, MMPretrain, MMPose, MMCV or PyTorch: a saved '
                'model must not name other code; use its config and '
                'checkpoint instead.')
        if key == '_scope_' and value not in _REGISTRIES or \
                key in _SOURCES and value or \
                key == 'model_name' and ':' in str(value):  # timm's hubs
            raise ValueError(f'{inner} is {value!r}: a saved model must not '
                             'name other code or weights; do not trust it.')
        check_types(value, inner)


def _is_known(name: Any) -> bool:
    """Whether all classes that a type may mean are harmless."""
    if not isinstance(name, str):
        return False
    scope, _, bare = name.rpartition('.')
    if scope and scope not in _REGISTRIES:
        return False
    found = []
    for each, registries in _REGISTRIES.items():
        for registry in registries:
            registry.import_from_location()
            found.append((each, registry.module_dict.get(bare)))
    found = [(each, cls) for each, cls in found if cls is not None]
    return bool(found) and all(
        f'{cls.__module__}.'.startswith(_PACKAGES)
        for _, cls in found) and (not scope or scope in dict(found))
