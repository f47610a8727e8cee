import pytest
import torch
from mmpretrain.structures import DataSample
from small_networks import SIZE

from snreid_mm.registry import MODELS


def test_it_stands_in_the_place_of_the_model(exported):
    model, path = exported('vit')
    file = MODELS.build(dict(type='snreid_mm.OnnxPlayerReID', file=str(path)))
    images = torch.randint(256, (3, 3, *SIZE), dtype=torch.uint8)
    samples = [DataSample(metainfo=dict(bbox_idx=i)) for i in range(3)]
    with torch.no_grad():
        expected = model.test_step(dict(inputs=images))
    for inputs in (images, list(images)):
        given = file.test_step(dict(inputs=inputs, data_samples=samples))
        assert [each.bbox_idx for each in given] == [0, 1, 2]
        for one, two in zip(given, expected):
            assert torch.allclose(one.embedding, two.embedding, atol=1e-5)
    assert file(images).shape == (3, 48)
    assert len(file(images, mode='predict')) == 3
    with pytest.raises(ValueError, match='only be tested, not trained'):
        file(images, mode='loss')
