"""Labels beside the points of a chart that do not cover each other."""

import itertools
import math
from typing import Sequence, Tuple

from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox

# Where a label may stand: distances in points, and directions in degrees, the
# best first.
_DISTANCES = (9, 16, 26, 40, 60)
_DIRECTIONS = (20, -20, 160, -160, 90, -90, 50, -50, 130, -130)
_LEADER_FROM = 16  # a line leads to a label that is farther off


def place_labels(axes: Axes, points: Sequence[Tuple[float, float]],
                 texts: Sequence[str], half_bars: Sequence[float],
                 colours: Sequence[str]) -> None:
    """Write a label beside each point, where it covers nothing.

    Each label takes the first place, near ones first, where it meets no
    other label, no point, no error bar and no edge of the axes; where there
    is none, the place that it meets least.

    Args:
        axes (Axes): The axes, already laid out.
        points (Sequence[tuple[float, float]]): The points, in data
            coordinates.
        texts (Sequence[str]): The label of each point.
        half_bars (Sequence[float]): Half the height of each error bar, in
            data coordinates.
        colours (Sequence[str]): The colour of each label.
    """
    renderer = axes.figure.canvas.get_renderer()
    inside = axes.get_window_extent(renderer)
    taken = [
        _bar_box(axes, point, half, 5 * renderer.points_to_pixels(1))
        for point, half in zip(points, half_bars)
    ]
    # From the top, so that crowded labels fan out in the points' order.
    for i in sorted(range(len(points)), key=lambda i: -points[i][1]):
        label = axes.annotate(
            texts[i],
            points[i],
            xytext=(0, 0),
            textcoords='offset points',
            va='center',
            color=colours[i],
            fontsize=9,
            annotation_clip=False,
            arrowprops=dict(arrowstyle='-', color='0.6', linewidth=.7,
                            shrinkA=0, shrinkB=4))
        label.arrow_patch.set_visible(False)
        best = None
        for distance, angle in itertools.product(_DISTANCES, _DIRECTIONS):
            _move(label, distance, angle)
            box = _padded(_text_box(label, renderer), 1.5)
            cost = sum(_overlap(box, other) for other in taken)
            cost += 10 * (box.width * box.height - _overlap(box, inside))
            if best is None or cost < best[0] - 1e-6:
                best = (cost, distance, angle, box)
            if cost <= 1e-6:
                break
        _, distance, angle, box = best
        _move(label, distance, angle)
        label.arrow_patch.set_visible(distance >= _LEADER_FROM)
        taken.append(box)


def _move(label, distance: float, angle: float) -> None:
    radians = math.radians(angle)
    label.xyann = (distance * math.cos(radians), distance * math.sin(radians))
    across = math.cos(radians)
    label.set_horizontalalignment(
        'center' if abs(across) < .1 else 'left' if across > 0 else 'right')


def _text_box(label, renderer) -> Bbox:
    """Where the text stands, without the line that leads to it."""
    label.update_positions(renderer)
    return Text.get_window_extent(label, renderer)


def _bar_box(axes: Axes, point, half: float, margin: float) -> Bbox:
    """Where a point and its error bar stand, in pixels."""
    x, y = point
    (left, low), (_, high) = axes.transData.transform([(x, y - half),
                                                       (x, y + half)])
    return Bbox([[left - margin, low - margin], [left + margin,
                                                 high + margin]])


def _padded(box: Bbox, pixels: float) -> Bbox:
    return Bbox([[box.x0 - pixels, box.y0 - pixels],
                 [box.x1 + pixels, box.y1 + pixels]])


def _overlap(one: Bbox, other: Bbox) -> float:
    """Give the area that two boxes share, in square pixels."""
    shared = Bbox.intersection(one, other)
    return 0. if shared is None else shared.width * shared.height
