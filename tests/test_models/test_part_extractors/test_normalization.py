import pytest
import torch

from snreid_mm.models.part_extractors.normalization import (IMAGENET,
                                                            Normalization,
                                                            Renormalize)


def normalize(bgr, to):
    """What a data preprocessor makes of raw B, G, R images."""
    images = bgr.flip(1) if to.to_rgb else bgr
    mean, std = (torch.tensor(values).view(1, -1, 1, 1) for values in to[:2])
    return (images - mean) / std


@pytest.fixture
def bgr():
    return torch.randint(
        0, 256, (2, 3, 5, 4), generator=torch.Generator().manual_seed(0)) * 1.


@pytest.mark.parametrize('source', [
    IMAGENET,
    Normalization((103., 116., 123.), (57., 58., 59.), False),
    Normalization((127.5, ), (255., ), True),
])
@pytest.mark.parametrize('target', [
    IMAGENET,
    Normalization((104., 117., 123.), (256., ), False),
    Normalization((1., 2., 3.), (4., 5., 6.), True),
])
def test_between_networks(bgr, source, target):
    found = Renormalize(source, target)(normalize(bgr, source))
    torch.testing.assert_close(
        found, normalize(bgr, target), rtol=1e-5, atol=1e-5)


def test_to_raw_images(bgr):
    raw = Renormalize(IMAGENET, Normalization(None, None, False))
    torch.testing.assert_close(
        raw(normalize(bgr, IMAGENET)), bgr, rtol=1e-5, atol=1e-4)


def test_equal_normalizations_pass_the_images_on(bgr):
    same = Renormalize(IMAGENET, Normalization(*map(list, IMAGENET[:2]), True))
    assert same(bgr) is bgr
    assert not same.state_dict()
