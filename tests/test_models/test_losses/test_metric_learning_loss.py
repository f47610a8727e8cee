import builtins

import pytest
import torch
from mmengine.registry import DefaultScope

from snreid_mm.models import MetricLearningLoss
from snreid_mm.registry import MODELS

LOSS = dict(type='MultiSimilarityLoss', alpha=2, beta=50, base=.5)


@pytest.fixture
def pml():
    return pytest.importorskip('pytorch_metric_learning')


@pytest.mark.usefixtures('pml')
def test_a_loss_is_the_packages(batch, same_as):
    from pytorch_metric_learning import losses
    plain = losses.MultiSimilarityLoss(alpha=2, beta=50, base=.5)
    same_as(
        MetricLearningLoss(loss=LOSS), lambda e, l, a: plain(e, l), batch,
        False)


@pytest.mark.usefixtures('pml')
def test_a_miner_distance_and_reducer(batch, same_as):
    from pytorch_metric_learning import distances, losses, miners, reducers
    plain = losses.TripletMarginLoss(
        margin=.3,
        distance=distances.LpDistance(normalize_embeddings=False),
        reducer=reducers.MeanReducer())
    miner = miners.BatchHardMiner(
        distance=distances.LpDistance(normalize_embeddings=False))
    distance = dict(type='LpDistance', normalize_embeddings=False)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        loss = MODELS.build(
            dict(
                type='snreid_mm.MetricLearningLoss',
                loss=dict(
                    type='TripletMarginLoss',
                    margin=.3,
                    distance=distance,
                    reducer=dict(type='MeanReducer')),
                miner=dict(type='BatchHardMiner', distance=distance),
                normalize=True))
    same_as(loss, lambda e, l, a: plain(e, l, miner(e, l)), batch, True)
    # And this one is our own.
    ours = MODELS.build(
        dict(type='snreid_mm.BatchHardTripletLoss', normalize=True))
    assert torch.isclose(loss(*batch), ours(*batch[:2]))


@pytest.mark.usefixtures('pml')
def test_a_memory_brings_earlier_batches(batch):
    loss = MetricLearningLoss(
        loss=dict(type='ContrastiveLoss'),
        miner=dict(type='PairMarginMiner'),
        memory=dict(embedding_size=6, memory_size=24))
    first = loss(*batch)
    assert loss(batch[0].roll(1, 1), *batch[1:]) != first
    # Which checkpoints keep.
    again = MetricLearningLoss(
        loss=dict(type='ContrastiveLoss'),
        miner=dict(type='PairMarginMiner'),
        memory=dict(embedding_size=6, memory_size=24))
    again.load_state_dict(loss.state_dict())
    assert loss(*batch) == again(*batch) != first


@pytest.mark.usefixtures('pml')
def test_proxies_are_trained(batch):
    loss = MetricLearningLoss(
        loss=dict(type='ProxyAnchorLoss', num_classes=6, embedding_size=6))
    loss(*batch).backward()
    proxies, = loss.parameters()
    assert proxies.grad.any()


@pytest.mark.usefixtures('pml')
@pytest.mark.parametrize('labels', [[0, 0, 0], [0, 1, 2], [4]])
def test_nothing_to_tell_apart_costs_nothing(labels, costs_nothing):
    costs_nothing(
        MetricLearningLoss(loss=dict(type='TripletMarginLoss')), labels)


@pytest.mark.usefixtures('pml')
@pytest.mark.parametrize('options, message', [
    (dict(loss=dict(type='TripleLoss')), "no 'TripleLoss' in its losses"),
    (dict(loss=dict(type='BatchHardMiner')), "no 'BatchHardMiner' in its lo"),
    (dict(loss=LOSS, miner=LOSS), "no 'MultiSimilarityLoss' in its miners"),
    (dict(loss=dict(LOSS, gamma=1)), 'MultiSimilarityLoss .* built .*gamma'),
    (dict(loss=LOSS, memory=dict(size=5)), 'CrossBatchMemory .* cannot be bu'),
])
def test_bad_names(options, message):
    with pytest.raises(ValueError, match=message):
        MetricLearningLoss(**options)


def test_the_error_names_the_extra(monkeypatch):
    real = builtins.__import__

    def missing(name, *args, **kwargs):
        if name.startswith('pytorch_metric_learning'):
            raise ModuleNotFoundError(f'No module named {name!r}')
        return real(name, *args, **kwargs)

    monkeypatch.setattr(
        'snreid_mm.models.losses.metric_learning_loss.importlib.import_module',
        missing)
    with pytest.raises(ImportError, match='extra "metric-learning" .* pip ins'):
        MetricLearningLoss(loss=LOSS)
