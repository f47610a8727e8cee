"""The outputs of a pose estimator, as maps on a grid."""

from typing import Callable, Dict, Optional, Tuple

import torch
import torch.nn.functional as F

Grid = Optional[Tuple[int, int]]

RESIZE_RULES: Dict[str, Callable] = {
    'area':
    F.adaptive_avg_pool2d,
    'bilinear':
    lambda maps, grid: F.interpolate(
        maps, size=grid, mode='bilinear', align_corners=False),
    'max':
    F.adaptive_max_pool2d,
}


def resize_maps(maps: torch.Tensor, grid: Grid,
                rule: Optional[str]) -> torch.Tensor:
    """Resize maps to a grid.

    Args:
        maps (Tensor): Shape (N, C, h, w).
        grid (tuple[int, int]): Height and width, in positions.
        rule (str, optional): A key of ``RESIZE_RULES``. None leaves the maps
            as they are.

    Returns:
        Tensor: Shape (N, C, \\*grid), or (N, C, h, w).
    """
    if rule is None or tuple(maps.shape[-2:]) == tuple(grid):
        return maps
    return RESIZE_RULES[rule](maps, tuple(grid))


def heatmaps_of(outputs, grid: Grid, rule: Optional[str]) -> torch.Tensor:
    """Extract the heatmaps, on a grid, from the outputs of a keypoint head.

    Args:
        outputs (Tensor | tuple | list): What MMPose's head returned: a map;
            a list of one for each stage (CPM, Hourglass, MSPN), of which the
            last counts; a tuple with maps among other things (associative
            embedding, integral regression), of which the first map counts;
            or two classifications, of columns and of rows (SimCC, RTMPose).
        grid (tuple[int, int]): Height and width, in positions.
        rule (str, optional): See :func:`resize_maps`.

    Returns:
        Tensor: Shape (N, K, \\*grid).

    Raises:
        ValueError: If there are no heatmaps among the outputs.
    """
    if isinstance(outputs, list) and outputs:
        outputs = outputs[-1]
    tensors = list(_flatten(outputs))
    for tensor in tensors:
        if tensor.ndim == 4:
            return resize_maps(tensor, grid, rule)
    lines = [tensor for tensor in tensors if tensor.ndim == 3]
    if len(lines) == 2:
        return _simcc_heatmaps(*lines, grid, rule)
    shapes = ', '.join(str(tuple(tensor.shape)) for tensor in tensors)
    raise ValueError(
        'The head of pose_estimator gives no heatmaps but outputs of shape '
        f'{shapes or "()"}: choose an estimator with a heatmap or SimCC head, '
        'or set output=\'features\'.')


def _simcc_heatmaps(columns: torch.Tensor, rows: torch.Tensor, grid: Grid,
                    rule: Optional[str]) -> torch.Tensor:
    """Make heatmaps of two classifications, of shapes (N, K, w), (N, K, h).

    A map is their outer product, as where MMPose draws them. All the rules
    treat rows and columns apart, so the short vectors are resized and not the
    product, which at two bins a pixel would be large.
    """
    columns, rows = _unit_peaks(columns), _unit_peaks(rows)
    width, height = grid[::-1] if rule is not None else (None, None)
    columns = resize_maps(columns[:, :, None, :], (1, width), rule)
    rows = resize_maps(rows[..., None], (height, 1), rule)
    return rows * columns  # (N, K, h, w)


def _unit_peaks(scores: torch.Tensor) -> torch.Tensor:
    """Cut scores at zero, and scale down those whose peak exceeds one."""
    scores = scores.clamp(min=0)
    return scores / scores.amax(dim=-1, keepdim=True).clamp(min=1)


def _flatten(outputs):
    if isinstance(outputs, torch.Tensor):
        yield outputs
    elif isinstance(outputs, (tuple, list)):
        for output in outputs:
            yield from _flatten(output)


def stage_of(outputs, stage: int, backbone: str) -> torch.Tensor:
    """Select one map of the outputs of a backbone.

    Args:
        outputs (Tensor | tuple | list): Its output. What is nested (MSPN,
            RSN: stages of units) counts in its order.
        stage (int): Which map; negative numbers count from the last.
        backbone (str): Its name, for messages.

    Returns:
        Tensor: Shape (N, C, h, w).

    Raises:
        ValueError: If there is no such stage, or if it is not a map.
    """
    maps = list(_flatten(outputs))
    if not -len(maps) <= stage < len(maps):
        raise ValueError(
            f'stage is {stage}, but the backbone {backbone} of pose_estimator '
            f'gives {len(maps)} map{"s" * (len(maps) != 1)}, of which stage '
            f'counts 0 to {len(maps) - 1} (or -1 for the last): choose one of '
            'these, or let it give more, with out_indices where it has that.')
    if maps[stage].ndim != 4:
        raise ValueError(
            f'Stage {stage} of the backbone {backbone} of pose_estimator has '
            f'shape {tuple(maps[stage].shape)} and is no map (N, C, H, W): '
            'for transformers of MMPretrain, write out_type=\'featmap\'.')
    return maps[stage]
