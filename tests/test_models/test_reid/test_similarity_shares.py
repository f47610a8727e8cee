import pytest
import torch
import torch.nn.functional as F
from torch import nn

from snreid_mm.models import PlayerReID
from snreid_mm.models.reid import split_similarity

CONV = dict(type='ResNet', depth=18, stem_channels=8, base_channels=8)
STRIPES = dict(type='snreid_mm.FixedParts', num_parts=3, grid=(2, 1))
GAP = dict(type='GlobalAveragePooling')
COMPACT = dict(type='snreid_mm.CompactBilinearPooling', out_channels=32)
FULL = dict(type='snreid_mm.BilinearPooling')
LINEAR = dict(
    type='LinearNeck', out_channels=16, norm_cfg=dict(type='BN1d'))
PROJ = dict(out_channels=6, kernel_size=3)


class Parts(nn.Module):
    """A part stream that looks, with maps of the backbone's grid."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 32, 32)

    def forward(self, images):
        return self.conv(images)


def build(neck, parts=False, seed=0, **options):
    """A model with weights that are not at their beginning."""
    torch.manual_seed(seed)
    options = {'backbone': CONV, 'input_size': (64, 32), **options}
    if parts:
        options['part_extractor'] = Parts()
    model = PlayerReID(neck=neck, **options)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            for each in (module.running_mean, module.running_var,
                         module.weight, module.bias):
                if each is not None:
                    nn.init.uniform_(each, .3, 1.3)
    return model.eval()


def images(seed=1, size=(64, 32)):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 3, *size, generator=generator)


NECKS = {
    'average': (GAP, False),
    'average, fc, relu': ([GAP, dict(LINEAR, act_cfg=dict(type='ReLU'))],
                          False),
    'fc that pools': (dict(LINEAR, gap_dim=2), False),
    'bn neck': ([GAP, dict(type='snreid_mm.BNNeck', out_channels=8)], False),
    'gem with p=1': (dict(type='GeneralizedMeanPooling', p=1.), False),
    'flat': (dict(type='snreid_mm.FlattenMap'), False),
    'compact': (COMPACT, True),
    'compact, roots, projection': (dict(
        COMPACT, signed_sqrt=True, appearance_proj=PROJ), True),
    'compact, roots, fc': ([
        dict(COMPACT, signed_sqrt=True, normalize=False), LINEAR
    ], True),
    'full': (FULL, True),
    'full, roots, fc, relu': ([
        dict(FULL, signed_sqrt=True, appearance_proj=PROJ, normalize=False),
        dict(LINEAR, act_cfg=dict(type='ReLU'))
    ], True),
    'concat': (dict(type='snreid_mm.ConcatFusion'), True),
    'concat, fc': (dict(
        type='snreid_mm.ConcatFusion', out_channels=8,
        appearance_proj=PROJ), True),
}


@pytest.mark.parametrize('name', NECKS)
@pytest.mark.parametrize('normalize', [True, False])
@torch.no_grad()
def test_the_shares_sum_up_to_the_cosine(name, normalize):
    neck, parts = NECKS[name]
    model = build(neck, parts, normalize_embedding=normalize)
    pair = images()
    cosine = float(F.cosine_similarity(*model(pair)[:, None]))
    for shares in split_similarity(model, *pair):
        assert shares.parts.shape == ((4 if parts else 0), 2, 1)
        assert shares.positions.shape == (2, 1)
        assert shares.total == pytest.approx(cosine, abs=1e-5)
        # No share is what is left over: each is computed by itself.
        assert abs(shares.positions).sum() > 1e-3


@torch.no_grad()
def test_blocks_of_the_last_stage_are_added():
    model = build(
        dict(type='snreid_mm.MidLevelNeck', mid_channels=8, num_mid=1),
        backbone=dict(CONV, type='snreid_mm.ResNetMid'))
    pair = images()
    cosine = float(F.cosine_similarity(*model(pair)[:, None]))
    for shares in split_similarity(model, *pair):
        assert shares.total == pytest.approx(cosine, abs=1e-5)


@torch.no_grad()
def test_the_constant_comes_from_biases_alone():
    with_bias = build([GAP, LINEAR])
    without = build([GAP, dict(LINEAR, norm_cfg=None)])
    nn.init.zeros_(without.neck[1].fc.bias)
    for model, is_zero in ((with_bias, False), (without, True)):
        for shares in split_similarity(model, *images()):
            assert (shares.constant == 0) == is_zero


@torch.no_grad()
def test_a_position_has_the_share_of_its_own_term():
    """Without layers behind, a share is a term of the sum itself."""
    model = build(FULL, True)
    pair = images()
    terms = [
        torch.einsum('chw,phw->hwcp', model.backbone(image[None])[-1][0],
                     model.part_extractor(image[None])[0]).double()
        for image in pair
    ]
    grams = [term.sum((0, 1)) for term in terms]
    scale = 1 / (grams[0].norm() * grams[1].norm())
    expected = (terms[0] * grams[1]).sum(2) * scale  # (H, W, P)
    shares, _ = split_similarity(model, *pair)
    torch.testing.assert_close(
        shares.parts, expected.permute(2, 0, 1), atol=1e-6, rtol=1e-4)


class Colours(nn.Module):
    """A backbone that sees each cell's mean colour and nothing else."""

    def forward(self, images):
        return F.avg_pool2d(images, 8)


UPPER = 4  # rows of cells above the waist


@pytest.mark.parametrize('neck, parts', [
    (GAP, None),
    ([GAP, dict(LINEAR, norm_cfg=None)], None),
    (COMPACT, STRIPES),
    (dict(FULL, signed_sqrt=True), STRIPES),
    (dict(type='snreid_mm.ConcatFusion'), STRIPES),
])
@torch.no_grad()
def test_a_pair_that_differs_below_the_waist_alone(neck, parts):
    first = torch.zeros(3, 64, 32)
    first[0, :32] = 1  # both wear red above,
    second = first.clone()
    first[1, 32:] = 1  # green
    second[2, 32:] = 1  # and blue below
    if parts:
        parts = dict(parts, num_parts=2, grid=(8, 4))
    torch.manual_seed(0)
    model = PlayerReID(
        backbone=Colours(),
        neck=neck,
        part_extractor=parts,
        input_size=(64, 32)).eval()
    if isinstance(neck, list):  # colours stay at right angles
        model.neck[1].fc.weight.copy_(torch.eye(16, 3))
        model.neck[1].fc.bias.zero_()
    alone = split_similarity(model, first, first)[0].positions
    for shares in split_similarity(model, first, second):
        positions = shares.positions
        upper, lower = positions[:UPPER], positions[UPPER:]
        if 'Concat' in str(neck):  # there the part maps are alike, below too
            lower = shares.appearance[UPPER:]
        assert upper.sum() > .3
        assert abs(lower).max() < 1e-6
        assert (upper - upper[0, 0]).abs().max() < 1e-6
        # With itself the image is alike all over.
        assert alone[UPPER:].sum() == pytest.approx(
            float(alone[:UPPER].sum()), rel=.2)
        if parts and 'Concat' not in str(neck):
            per_part = shares.parts.sum((1, 2))
            assert per_part[0] > .3 and abs(per_part[1]) < 1e-6


@pytest.mark.parametrize('neck, parts, message', [
    (dict(type='GeneralizedMeanPooling'), False,
     'GeneralizedMeanPooling with p = 3'),
    (dict(type='snreid_mm.GatedSumFusion', out_channels=8), True,
     'GatedSumFusion'),
    (dict(type='snreid_mm.ConcatFusion', join='maps'), True, "join='maps'"),
    ([GAP, dict(LINEAR, act_cfg=dict(type='GELU'))], False, 'GELU'),
    ([GAP, dict(LINEAR, norm_cfg=dict(type='LN'))], False, 'LayerNorm'),
])
def test_what_cannot_be_split_is_named(neck, parts, message):
    with pytest.raises(ValueError, match=message) as error:
        split_similarity(build(neck, parts), *images())
    assert 'bilinear pooling' in str(error.value)


def test_joined_taps_a_training_and_no_neck_are_refused():
    model = build(
        GAP,
        backbone=dict(CONV, out_indices=(2, 3)),
        taps=dict(indices=(0, ), channels=8, join_weights=(1, 1)))
    with pytest.raises(ValueError, match='join_weights=None'):
        split_similarity(model, *images())
    with pytest.raises(ValueError, match='model.eval'):
        split_similarity(build(GAP).train(), *images())
    model.taps = model.neck = None
    with pytest.raises(ValueError, match='model.neck is None'):
        split_similarity(model, *images())


@torch.no_grad()
def test_the_model_stays_as_it_was():
    model = build(dict(COMPACT, signed_sqrt=True), True)
    before = model(images())
    split_similarity(model, *images())
    assert model.neck.signed_sqrt
    assert torch.equal(model(images()), before)
