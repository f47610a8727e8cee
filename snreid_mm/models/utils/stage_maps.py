"""The maps inside a backbone, stage by stage."""

from typing import Dict, Optional, Sequence

import torch
from torch import nn

from .probing import last


@torch.no_grad()
def stage_maps(model: nn.Module,
               images: torch.Tensor,
               layers: Optional[Sequence[str]] = None
               ) -> Dict[str, torch.Tensor]:
    """Run a model, and keep the maps of its stages.

    A stage is a child of the backbone, or one of a list of them, that has
    several convolutions and gives a map, such as ``layer1`` to ``layer4`` of
    a ResNet. Where there is none (transformers, networks in another
    package's wrapper), the backbone's outputs are taken.

    Args:
        model (nn.Module): A :class:`~snreid_mm.models.PlayerReID`.
        images (Tensor): Images as its networks take them, (N, 3, H, W).
        layers (Sequence[str], optional): Names of modules to take instead,
            such as ``('backbone.layer1', )``. Defaults to None.

    Returns:
        dict[str, Tensor]: Maps (N, C, h, w), by name, in the order of the
        names or of the network.

    Raises:
        ValueError: If there is no such module, or it gives no map.
    """
    if layers is not None:
        known = dict(model.named_modules())
        unknown = [name for name in layers if name not in known]
        if unknown:
            raise ValueError(
                f'The model has no module {unknown[0]!r}: name one such as '
                f'{", ".join(list(_stages(model.backbone))[:4]) or "neck"}.')
        wanted = {name: known[name] for name in layers}
    else:
        wanted = _stages(model.backbone)
    maps = {}
    handles = [
        module.register_forward_hook(_keeper(maps, name))
        for name, module in wanted.items()
    ]
    try:
        outputs = model.extract_feat(
            images, stage='pre_logits' if layers else 'backbone')
    finally:
        for handle in handles:
            handle.remove()
    if layers is None:
        maps = {name: map_ for name, map_ in maps.items() if _is_map(map_)}
        if not maps:
            maps = {
                f'backbone output {i}': output
                for i, output in enumerate(outputs) if _is_map(output)
            }
    for name in layers or ():
        if not _is_map(maps.get(name)):
            raise ValueError(f'{name} gives no map (N, C, H, W) when the '
                             'model computes an embedding: name a '
                             'convolution or a stage.')
    if not maps:
        raise ValueError(f'The backbone {type(model.backbone).__name__} gives '
                         'no map (N, C, H, W), so there is nothing to draw: '
                         'name modules that do.')
    return {name: maps[name] for name in layers or maps}


def _stages(backbone: nn.Module) -> Dict[str, nn.Module]:
    """Find the stages of a backbone by what they are made of."""
    found = {}
    for name, child in backbone.named_children():
        inner = child.named_children() if isinstance(
            child, nn.ModuleList) else [(None, child)]
        for index, module in inner:
            convolutions = sum(
                isinstance(each, nn.Conv2d) for each in module.modules())
            if convolutions > 1:
                part = '' if index is None else f'.{index}'
                found[f'backbone.{name}{part}'] = module
    return found


def _keeper(maps: Dict[str, torch.Tensor], name: str):
    """Make a hook that keeps a module's output."""

    def keep(module, inputs, outputs):
        maps[name] = last(outputs)

    return keep


def _is_map(output) -> bool:
    return isinstance(output, torch.Tensor) and output.ndim == 4


def map_energy(maps: torch.Tensor) -> torch.Tensor:
    """Compute how strongly each position is activated: the length of its
    vector of channels, (N, C, H, W) to (N, H, W), as torchreid's activation
    maps show it."""
    return maps.norm(dim=1)
