import torch
from mmengine.registry import DefaultScope

from snreid_mm.models import BNNeck
from snreid_mm.registry import MODELS


def test_batch_norm_linear_batch_norm():
    torch.manual_seed(0)
    neck = BNNeck(6, out_channels=4)
    pooled = torch.randn(32, 6) * 7 + 3
    normed = (pooled - pooled.mean(0)) / pooled.var(0, unbiased=False).sqrt()
    linear = normed @ neck.linear.weight.T
    expected = (linear - linear.mean(0)) / linear.var(0, unbiased=False).sqrt()
    found = neck((torch.zeros(1), pooled))
    assert torch.allclose(found, expected, atol=1e-3)
    # Batch norm sets its length, which the classifier sees.
    assert torch.isclose(
        found.square().sum(1).mean(), torch.tensor(4.), rtol=1e-3)


def test_batch_norm_alone():
    neck = BNNeck(6, out_channels=None)
    pooled = torch.randn(32, 6) * 7 + 3
    assert torch.equal(neck((pooled, )), torch.nn.BatchNorm1d(6)(pooled))
    assert len(list(neck.parameters())) == 2


def test_the_model_sizes_it():
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(
            dict(
                type='snreid_mm.PlayerReID',
                backbone=dict(type='ResNet', depth=18),
                neck=[
                    dict(type='GlobalAveragePooling'),
                    dict(type='snreid_mm.BNNeck', out_channels=32)
                ],
                normalize_embedding=True,
                input_size=(32, 16)))
    assert model.embedding_dim == 32
    embedding = model.eval()(torch.randn(2, 3, 32, 16))
    assert torch.allclose(embedding.norm(dim=1), torch.ones(2))
