import sys

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
    from pytorch_metric_learning import losses, miners

    def build():
        return MetricLearningLoss(
            loss=dict(type='ContrastiveLoss'),
            miner=dict(type='PairMarginMiner'),
            memory=dict(embedding_size=6, memory_size=30))

    plain = losses.CrossBatchMemory(
        losses.ContrastiveLoss(), 6, 30, miner=miners.PairMarginMiner())
    loss = build()
    values = []
    for shift in range(5):
        embeddings = batch[0].roll(shift, 1)
        values.append(loss(embeddings, *batch[1:]))
        assert values[-1] == plain(embeddings, batch[1])
        # Checkpoints keep it.
        again = build()
        again.load_state_dict(loss.state_dict())
        loss = again
    assert len(set(map(float, values))) > 2
    with pytest.raises(ValueError, match='memory_size=30.*batch of 36 images'):
        loss(*(column.repeat_interleave(3, 0) for column in batch))


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
    (dict(
        loss=dict(type='ProxyAnchorLoss', num_classes=6, embedding_size=6),
        memory=dict(embedding_size=6)), 'not supported for ProxyAnchorLoss'),
])
def test_bad_names(options, message):
    with pytest.raises(ValueError, match=message):
        MetricLearningLoss(**options)


def test_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, 'pytorch_metric_learning.losses', None)
    with pytest.raises(
            ImportError, match='extra "metric-learning".*: run .pip install'):
        MetricLearningLoss(loss=LOSS)
