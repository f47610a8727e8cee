import cv2
import numpy as np

from snreid_mm.evaluation.functional import Side, compare
from snreid_mm.structures import Crops
from snreid_mm.utils.figures import save_figure
from snreid_mm.visualization import draw_differences


def test_the_chart(tmp_path):
    query = Crops(
        bbox_idx=np.arange(3),
        action_idx=np.arange(3),
        person_uid=np.arange(3),
        kind='query')
    groups = {
        'role': {
            name: query.bbox_idx == i
            for i, name in enumerate('abc')
        },
        'height': {
            'all of them': np.ones(3, bool)
        }
    }
    before, *others = (
        Side(name, np.array([values]), np.zeros((1, 3)))
        for name, values in (('a', [1, .5, .3]), ('b', [.3, 1, .3]),
                             ('c', [1, .5, .3])))
    comparisons = {
        side.name: compare(before, side, query, groups, resamples=50)
        for side in others
    }
    save_figure(draw_differences(comparisons, 'a', .95), tmp_path / 'd.png')
    image = cv2.imread(str(tmp_path / 'd.png'))
    assert image.shape[1] > 1000
    for colour in ((180, 119, 31), (14, 127, 255)):  # BGR of C0 and C1
        assert (image == colour).all(axis=2).sum() > 50


def test_no_two_runs_look_alike():
    score = dict(difference=0., low=-1., high=1., covers_zero=True)
    run = {'queries': 3, 'groups': {}, 'mAP': score, 'rank-1': score}
    figure = draw_differences({f'run {i}': run
                               for i in range(14)}, 'first', .95)
    panel = figure.axes[0]
    looks = {(str(each.get_color()), str(each.get_linestyle()))
             for each in panel.get_legend_handles_labels()[0]}
    assert len(looks) == 14
