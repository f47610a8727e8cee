import numpy as np
import pytest

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.datasets.statistics import (RELEASED, compare_with_release,
                                           count_split)


def count(tree, split, **kwargs):
    return count_split(SoccerNetReID(str(tree), split, **kwargs))


def test_train(tree):
    counts = count(tree, 'train')
    assert (counts['images'], counts['actions'], counts['identities']) == (
        10, 4, 7)
    assert sorted(counts['images_per_identity']) == [1, 1, 1, 1, 2, 2, 2]
    assert counts['images_per_action'].tolist() == [3, 3, 3, 1]
    assert counts['roles'] == dict(
        Player_team_left=4,
        Goalkeeper_team_right=2,
        Player_team_right=1,
        Main_referee=1,
        Staff_members=1,
        Side_referee=1)
    assert next(iter(counts['roles'])) == 'Player_team_left'
    assert counts['heights'].tolist() == [
        40, 42, 38, 36, 35, 34, 30, 31, 28, 26]
    assert 'query_images' not in counts and 'gallery_per_query' not in counts


def test_valid(tree):
    counts = count(tree, 'valid')
    assert (counts['query_images'], counts['gallery_images']) == (2, 4)
    assert (counts['query_identities'], counts['gallery_identities']) == (2, 3)
    assert counts['identities'] == 3 and counts['actions'] == 2
    # Action 10 has three gallery boxes, action 11 has one.
    assert counts['gallery_per_action'].tolist() == [3, 1]
    assert counts['gallery_per_query'].tolist() == [3, 1]


def test_the_mean_gallery_is_over_queries_not_actions(tree):
    data = tree.read('valid/bbox_info.json')
    data['query']['2'] = dict(data['query']['0'], bbox_idx=2)
    tree.write('valid/bbox_info.json', data)
    counts = count(tree, 'valid', check_files=False)
    assert np.mean(counts['gallery_per_query']) == pytest.approx(7 / 3)


def test_challenge_has_no_people(tree):
    counts = count(tree, 'challenge')
    assert (counts['query_images'], counts['gallery_images']) == (2, 3)
    assert counts['actions'] == 2
    assert counts['gallery_per_query'].tolist() == [2, 1]
    assert not {'identities', 'roles', 'images_per_identity',
                'query_identities'} & set(counts)


def test_fraction(tree):
    counts = count(tree, 'train', fraction=0.5)
    assert (counts['images'], counts['actions'], counts['identities']) == (
        6, 2, 4)


@pytest.mark.parametrize('split, fraction', list(RELEASED))
def test_the_release_agrees_with_itself(split, fraction):
    counts = dict(RELEASED[split, fraction])
    counts.setdefault(
        'images', counts.get('query_images', 0) +
        counts.get('gallery_images', 0))
    assert compare_with_release(counts, split, fraction) == []


def test_a_difference_is_named():
    counts = dict(RELEASED['valid', 1.0], gallery_images=34_000)
    counts['images'] = 11_638 + 34_000
    assert compare_with_release(counts, 'valid') == [
        'gallery images: 34,000 instead of 34,355'
    ]


def test_another_data_set_is_not_compared(tree):
    for split in ('train', 'valid', 'test', 'challenge'):
        assert compare_with_release(count(tree, split), split) is None
    assert compare_with_release(dict(images=5000), 'train', 0.02) is None
