"""Pictures of keypoints: crops, and the joints that a model has found.

MMPose's ``PoseLocalVisualizer`` leaves out the joints of a low score and draws
the truth on a picture of its own; here both stand on the crop.
"""

from collections import Counter
from dataclasses import dataclass
from typing import List, Optional, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

_COLUMNS = 10
# In inches.
_CELL_WIDTH, _CELL_HEIGHT = 1.6, 3.4
# Dark around a link, so that green is seen on grass.
_OUTLINE = [withStroke(linewidth=4, foreground='0.1')]


@dataclass
class PosedCrop:
    """One crop and its joints.

    Args:
        image (np.ndarray): Shape (H, W, 3), uint8, BGR.
        keypoints (np.ndarray): Shape (K, 2), x and y in the crop's pixels,
            from 0 at its left and upper edge.
        scores (np.ndarray): Shape (K, ), how sure the model is of each.
        caption (str): What is written above it. Defaults to ''.
        truth (np.ndarray, optional): Shape (K, 2), where the joints really
            are.
        truth_visible (np.ndarray, optional): Shape (K, ), which of
            them are known. Defaults to None, all.
    """

    image: np.ndarray
    keypoints: np.ndarray
    scores: np.ndarray
    caption: str = ''
    truth: Optional[np.ndarray] = None
    truth_visible: Optional[np.ndarray] = None


def draw_keypoint_panel(crops: Sequence[PosedCrop],
                        meta: dict,
                        heading: str = '',
                        score_thr: float = 0.3) -> Figure:
    """Draw crops with their joints, row by row, over a key to the signs.

    A joint is a disc; a ring if its score is low, and then its links are
    faint. The truth is a cross.

    Args:
        crops (Sequence[PosedCrop]): The crops.
        meta (dict): The ``dataset_meta`` of MMPose's data sets and
            checkpoints: the names, links and colours of the K joints.
        heading (str): A line at the top. Defaults to ''.
        score_thr (float): The score below which a joint is a ring. Defaults
            to 0.3.

    Returns:
        Figure: The picture; :func:`~snreid_mm.utils.figures.save_figure`
        writes it.
    """
    rows = -(-len(crops) // _COLUMNS)
    figure = Figure(
        figsize=(_CELL_WIDTH * _COLUMNS, _CELL_HEIGHT * rows + .8),
        layout='constrained')
    figure.suptitle(heading, wrap=True)
    grid = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes in grid:
        axes.axis('off')
    for axes, crop in zip(grid, crops):
        _draw_crop(axes, crop, meta, score_thr)
    with_truth = any(crop.truth is not None for crop in crops)
    figure.legend(
        handles=_key(meta, score_thr, with_truth),
        loc='outside lower center',
        ncols=5,
        frameon=False)
    return figure


def _draw_crop(axes: Axes, crop: PosedCrop, meta: dict,
               score_thr: float) -> None:
    height, width = crop.image.shape[:2]
    axes.imshow(
        crop.image[:, :, ::-1],
        extent=(0, width, height, 0),
        interpolation='hanning')
    axes.autoscale(False)
    axes.set_title(crop.caption, fontsize='small')
    found = np.isfinite(crop.keypoints).all(axis=1)
    sure = found & (crop.scores >= score_thr)
    colours = np.divide(meta['keypoint_colors'], 255)
    for link, colour in zip(meta['skeleton_links'],
                            np.divide(meta['skeleton_link_colors'], 255)):
        ends = list(link)
        if found[ends].all():
            axes.plot(
                *crop.keypoints[ends].T,
                color=colour,
                alpha=1 if sure[ends].all() else .4,
                linewidth=2,
                path_effects=_OUTLINE)
    if crop.truth is not None:
        known = np.full(len(found), True) if crop.truth_visible is None \
            else np.asarray(crop.truth_visible, bool)
        axes.scatter(
            *crop.truth[known].T, c=colours[known], marker='x', zorder=3)
    axes.scatter(
        *crop.keypoints[sure].T, c=colours[sure], edgecolors='0.1', zorder=4)
    low = found & ~sure
    axes.scatter(
        *crop.keypoints[low].T,
        facecolors='none',
        edgecolors=colours[low],
        zorder=4)


def _key(meta: dict, score_thr: float, with_truth: bool) -> List[Line2D]:
    """Draw the signs that the key explains."""
    signs = []
    for side in ('left', 'right'):
        # The face has a colour of its own in COCO.
        colours = Counter(
            tuple(meta['keypoint_colors'][i])
            for i, name in meta['keypoint_id2name'].items()
            if name.startswith(f'{side}_'))
        for colour, _ in colours.most_common(1):
            signs.append(
                Line2D([], [],
                       color=np.divide(colour, 255),
                       linewidth=3,
                       label=f"the player's {side}"))
    joint = dict(color='0.4', linestyle='none')
    signs += [
        Line2D([], [],
               marker='o',
               label=f'score of at least {score_thr:g}',
               **joint),
        Line2D([], [],
               marker='o',
               markerfacecolor='none',
               label='less',
               **joint)
    ]
    if with_truth:
        signs.append(Line2D([], [], marker='x', label='truth', **joint))
    return signs
