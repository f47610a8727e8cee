import cv2
import numpy as np
import pytest

from snreid_mm.report import analyse
from snreid_mm.structures import Crops, Rankings

# What a file may be called, and a page must not run.
HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)<script>.png'
PLAYER, KEEPER = 'Player_team_left', 'Goalkeeper_team_left'


@pytest.fixture(scope='session')
def split(tmp_path_factory):
    """30 queries of 10 actions with a gallery of 4 crops each, on disk."""
    folder = tmp_path_factory.mktemp('crops')
    rng = np.random.default_rng(0)

    def crops(kind, actions, people, roles):
        names = []
        for i in range(len(actions)):
            path = folder / (HOSTILE if kind == 'query' and i == 0 else
                             f'{kind}-{i}.png')
            height, width = rng.integers(20, 90, 2)
            cv2.imwrite(
                str(path), rng.integers(0, 255, (height, width, 3), np.uint8))
            names.append(str(path))
        return Crops(
            bbox_idx=np.arange(len(actions)) + 100,
            action_idx=actions,
            person_uid=people,
            role=roles,
            height=np.arange(len(actions)) * 10 + 30,
            names=names,
            kind=kind)

    actions = np.repeat(np.arange(10), 3)
    query = crops('query', actions, np.arange(30),
                  ([PLAYER] * 2 + [KEEPER]) * 10)
    gallery = crops('gallery', np.repeat(np.arange(10), 4), [
        person for action in range(10)
        for person in (3 * action, 3 * action + 1, 3 * action + 2, 99 + action)
    ], ([PLAYER] * 2 + [KEEPER, PLAYER]) * 10)
    return query, gallery


@pytest.fixture(scope='session')
def rankings():
    """The rankings of two models: of the three queries of an action, one has
    another player first, one its match, one a person of another class."""
    orders = np.array([[1, 0, 2, 3], [1, 0, 2, 3], [1, 0, 2, 3]])
    gallery = np.concatenate(
        [order + 4 * action for action in range(10) for order in orders])
    best = np.array([[0, 1, 2, 3], [1, 0, 2, 3], [2, 0, 1, 3]])
    offsets = np.arange(31) * 4
    return {
        'first': Rankings(offsets, gallery),
        '<b>perfect</b>': Rankings(
            offsets,
            np.concatenate([
                order + 4 * action for action in range(10) for order in best
            ]))
    }


@pytest.fixture(scope='session')
def report(split, rankings):
    return analyse(*split, rankings)


@pytest.fixture(scope='session')
def draw_pair():
    """Draws no explanation, but a picture that tells two pairs apart."""

    def draw(query, other):
        image = np.zeros((60, 2800, 3), np.uint8)
        image[..., 0] = 255 * ('query' in query)
        image[..., 2] = 25 * int(other[-5])
        return image

    return draw
