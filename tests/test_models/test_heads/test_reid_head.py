import pytest
import torch
from mmpretrain.structures import DataSample

from snreid_mm.models import CentroidLoss, InfoNCELoss, ReIDHead

LOSS_CLS = dict(type='LabelSmoothLoss', label_smooth_val=0.1, mode='original')
LOSS_TRIPLET = dict(type='snreid_mm.BatchHardTripletLoss', margin=0.3)


def samples(labels, **metainfo):
    return [
        DataSample(metainfo={
            key: column[i]
            for key, column in metainfo.items()
        }).set_gt_label(label) for i, label in enumerate(labels)
    ]


@pytest.fixture
def embeddings():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(6, 8, generator=generator, requires_grad=True)


def test_losses_of_a_batch(embeddings):
    head = ReIDHead(in_channels=8, num_classes=5)
    losses = head.loss((torch.rand(1), embeddings), samples([0, 0, 1, 1, 4,
                                                             3]))
    assert set(losses) == {'loss_cls', 'loss_triplet'}
    sum(losses[key] for key in ('loss_cls', 'loss_triplet')).backward()
    assert embeddings.grad.abs().sum() > 0
    assert head.classifier.weight.grad.abs().sum() > 0


def test_label_smoothing_is_torchreids(embeddings):
    head = ReIDHead(in_channels=8, num_classes=5, loss_triplet=None)
    labels = torch.tensor([0, 0, 1, 1, 4, 3])
    target = torch.full((6, 5), .1 / 5)
    target[range(6), labels] += .9
    scores = head((embeddings, ))
    expected = -(target * scores.log_softmax(1)).sum(1).mean()
    losses = head.loss_by_feat(embeddings, labels)
    assert torch.isclose(losses['loss_cls'], expected)


def test_accuracy_is_in_percent(embeddings):
    head = ReIDHead(in_channels=8, num_classes=5, cal_acc=True)
    scores = head(embeddings)
    labels = scores.argmax(1)
    labels[:3] = (labels[:3] + 1) % 5
    losses = head.loss_by_feat(embeddings, labels)
    assert losses['accuracy_top-1'].item() == 50
    head = ReIDHead(in_channels=8, num_classes=5)
    assert 'accuracy_top-1' not in head.loss_by_feat(embeddings, labels)


def test_weights_are_those_of_the_losses(embeddings):
    labels = torch.tensor([0, 0, 1, 1, 4, 3])
    half = ReIDHead(
        in_channels=8,
        num_classes=5,
        loss_cls=dict(**LOSS_CLS, loss_weight=.5),
        loss_triplet=dict(**LOSS_TRIPLET, loss_weight=.25))
    whole = ReIDHead(in_channels=8, num_classes=5)
    whole.load_state_dict(half.state_dict())
    half = half.loss_by_feat(embeddings, labels)
    whole = whole.loss_by_feat(embeddings, labels)
    assert torch.isclose(half['loss_cls'] * 2, whole['loss_cls'])
    assert torch.isclose(half['loss_triplet'] * 4, whole['loss_triplet'])


def test_triplet_alone_needs_no_classes(embeddings):
    head = ReIDHead(in_channels=8, loss_cls=None)
    assert list(head.parameters()) == []
    assert head((embeddings, )) is None
    losses = head.loss((embeddings, ), samples([0, 0, 1, 1, 999, 3]))
    assert set(losses) == {'loss_triplet'}


def test_a_number_of_classes_is_nothing_to_triplets_alone(embeddings):
    head = ReIDHead(in_channels=8, loss_cls=None, num_classes=5)
    assert head.num_classes is head.classifier is None
    assert not head.lacks_classes and not head.state_dict()
    assert head((embeddings, )) is None
    with pytest.raises(ValueError, match='no classifier.*loss_cls is None'):
        head.set_num_classes(5)


def test_classifier_init():
    torch.manual_seed(0)
    head = ReIDHead(in_channels=512, num_classes=300)
    head.init_weights()
    assert head.classifier.weight.std().item() == pytest.approx(.01, rel=.02)
    assert head.classifier.bias.abs().sum() == 0


def test_num_classes_not_set(embeddings):
    head = ReIDHead(in_channels=8)
    assert head.lacks_classes
    with pytest.raises(
            ValueError,
            match=r'head.num_classes is not set: add .*ClassCountHook'):
        head.loss((embeddings, ), samples([0, 0, 1, 1, 4, 3]))


@pytest.mark.parametrize('label', [5, -1])
def test_label_out_of_range(embeddings, label):
    head = ReIDHead(in_channels=8, num_classes=5)
    with pytest.raises(
            ValueError, match=f'gt_label {label} .* head.num_classes=5'):
        head.loss((embeddings, ), samples([0, 0, 1, 1, label, 3]))


def test_samples_with_mixed_labels(embeddings):
    head = ReIDHead(in_channels=8, num_classes=5)
    mixed = samples([0, 0, 1, 1, 4, 3])
    for sample in mixed:
        sample.set_gt_score([.5, .5, 0, 0, 0])
    with pytest.raises(ValueError, match='gt_score.*batch_augments'):
        head.loss((embeddings, ), mixed)


def test_a_head_without_losses():
    with pytest.raises(ValueError, match='both loss_cls and loss_triplet'):
        ReIDHead(in_channels=8, loss_cls=None, loss_triplet=None)


def test_more_losses_by_name(embeddings):
    head = ReIDHead(
        in_channels=8,
        loss_cls=None,
        loss_triplet=None,
        losses=dict(
            centroid=dict(type='snreid_mm.CentroidLoss', loss_weight=.5),
            pairs=dict(type='snreid_mm.InfoNCELoss')))
    labels = [0, 0, 1, 1, 4, 4]
    losses = head.loss((embeddings, ), samples(labels))
    assert set(losses) == {'loss_centroid', 'loss_pairs'}
    centroid = CentroidLoss(loss_weight=.5)(embeddings, torch.tensor(labels))
    assert torch.equal(losses['loss_centroid'], centroid)
    # Its temperature is trained with the head.
    assert set(head.state_dict()) == {'losses.pairs.log_scale'}


@pytest.mark.parametrize('key', ['losses', 'loss_triplet'])
def test_actions_reach_a_loss_that_needs_them(embeddings, key):
    loss = dict(type='snreid_mm.InfoNCELoss', within='action')
    options = {'loss_triplet': None}
    options[key] = dict(near=loss) if key == 'losses' else loss
    head = ReIDHead(in_channels=8, loss_cls=None, **options)
    labels, actions = [0, 0, 1, 1, 4, 4], [3, 3, 3, 3, 9, 9]
    found, = head.loss((embeddings, ), samples(labels,
                                               action_idx=actions)).values()
    expected = InfoNCELoss(within='action')(embeddings, torch.tensor(labels),
                                            torch.tensor(actions))
    assert torch.equal(found, expected) and found > 0
    with pytest.raises(ValueError, match="no action_idx.*'action_idx' to the"):
        head.loss((embeddings, ), samples(labels))


def test_attributes_are_read_beside_the_identity(embeddings):
    head = ReIDHead(
        in_channels=8, num_classes=5, attributes=dict(role=.1, jersey=.2))
    plain = ReIDHead(in_channels=8, num_classes=5)
    assert not plain.attributes and not plain.losses
    batch = samples([0, 0, 1, 1, 4, 3],
                    role=['Player_team_left'] * 6,
                    jersey=['7', '7', 'A', 'A', 'None', '10'])
    losses = head.loss((embeddings, ), batch)
    assert set(losses) == {
        'loss_cls', 'loss_triplet', 'loss_role', 'loss_jersey'
    }
    sum(losses.values()).backward()
    assert head.attributes['jersey'].classifier.weight.grad[[7, 10]].any()


def test_a_name_that_is_taken():
    with pytest.raises(ValueError, match='head.losses names jersey, triplet'):
        ReIDHead(
            in_channels=8,
            losses=dict(
                triplet=LOSS_TRIPLET, jersey=LOSS_TRIPLET, near=LOSS_TRIPLET))
