import numpy as np
import pytest

from snreid_mm.pitch.kit import (PATTERNS, Kit, colour_distance, draw_kit,
                                 draw_referee_kit, number_mask, paint_pattern,
                                 sleeve_colour)

RED, WHITE = (0., 0., 200.), (240., 240., 240.)


def kit(pattern):
    return Kit(pattern, RED, WHITE, WHITE, RED, WHITE, RED, WHITE, WHITE, 4)


@pytest.mark.parametrize('pattern', PATTERNS)
def test_a_pattern_uses_the_two_colours(pattern):
    lateral, height = (a.ravel() for a in np.meshgrid(
        np.linspace(-.99, .99, 60), np.linspace(0, 1, 60)))
    colours = paint_pattern(kit(pattern), lateral, height)
    assert colours.shape == (3600, 3)
    seen = {tuple(c) for c in colours.tolist()}
    expected = {RED} if pattern in ('plain', 'sleeves') else {RED, WHITE}
    assert seen == expected


def test_patterns_run_the_way_their_names_say():
    x = np.array([-0.5, 0.5])
    up = np.array([0.2, 0.8])
    halves = paint_pattern(kit('halves'), x, np.full(2, 0.5))
    assert tuple(halves[0]) == RED and tuple(halves[1]) == WHITE
    yoke = paint_pattern(kit('yoke'), np.zeros(2), up)
    assert tuple(yoke[0]) == RED and tuple(yoke[1]) == WHITE
    assert sleeve_colour(kit('sleeves')) == WHITE
    assert sleeve_colour(kit('plain')) == RED


def test_teams_do_not_clash():
    rng = np.random.default_rng(0)
    for _ in range(20):
        kits = []
        for _ in range(2):
            kits.append(draw_kit(rng, unlike=kits))
        assert colour_distance(kits[0].main, kits[1].main) > 95
        referee = draw_referee_kit(rng, unlike=kits)
        assert all(colour_distance(referee.main, k.main) > 70 for k in kits)


def test_numbers_differ_and_fill_the_mask():
    masks = {n: number_mask(n) for n in (1, 7, 10, 19, 91)}
    for mask in masks.values():
        assert mask.shape == (64, 64) and set(np.unique(mask)) == {0, 1}
        assert mask[3:-3].any(axis=1).all()
    assert masks[10][:, :2].any() and masks[10][:, -2:].any()
    assert not masks[1][:, :16].any() and not masks[1][:, -16:].any()
    assert (masks[19] != masks[91]).mean() > 0.1
