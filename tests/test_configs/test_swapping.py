"""The snippets of docs/user_guides/swap_backbone.md, in the configs that they
are for."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import torch
import yaml
from mmengine.config import Config
from mmpretrain.structures import DataSample
from torch import nn

from snreid_mm.registry import MODELS
from snreid_mm.utils.config import apply_options, load_config

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / 'configs'
TEXT = (ROOT / 'docs/user_guides/swap_backbone.md').read_text()
FIRST = re.search(r'```python\n(.*?)```', TEXT, re.DOTALL)[1]
SNIPPETS = {
    'ResNet': re.sub('_base_ = .*\n', '', FIRST),
    **dict(re.findall(r'^## (.+?)\n.*?```python\n(.*?)```', TEXT,
                       re.DOTALL | re.MULTILINE)),
}
BASELINE, TWO_STREAMS, LAYERS = BASES = (
    'baselines/resnet50-fc512_b32-60e_soccernet-10pct_256x128.py',
    'bilinear/two-stream-compact_b128-60e_soccernet-10pct_256x128.py',
    'bilinear/two-stream-layers_b128-60e_soccernet-10pct_256x128.py',
)
# Channels of the three maps, and whether every stage is used.
OUTPUTS = {
    'ResNet': ((512, 1024, 2048), True),
    'ResNeXt': ((512, 1024, 2048), True),
    'ConvNeXt': ((96, 192, 384), False),
    'Swin Transformer': ((96, 192, 384), False),
    'Vision Transformer': ((384, 384, 384), True),
    'MobileNet': ((24, 32, 96), False),
    'EfficientNet': ((24, 40, 112), False),
    'OSNet': ((256, 384, 512), True),
    'timm': ((64, 128, 320), True),
}
# Channels at the end of the network, where that is another stage.
ENDS = {
    'ConvNeXt': 768,
    'Swin Transformer': 768,
    'MobileNet': 1280,
    'EfficientNet': 1280,
    'timm': 768,
}


def swap(snippet, base, tmp_path):
    """The config of a user who wrote the snippet, without weights."""
    path = tmp_path / 'mine.py'
    path.write_text(f"_base_ = '{CONFIGS / base}'\n{snippet}")
    key, value = 'init_cfg', None
    if 'pretrained=True' in snippet:
        key, value = 'pretrained', False
    option = f'model.backbone.{key}'
    assert f'{option}={value}`' in TEXT
    cfg = load_config(str(path), {option: value})
    # Nothing else differs from the config that is built on.
    plain = Config.fromfile(CONFIGS / base).model
    assert {**plain, 'backbone': None} == {**cfg.model, 'backbone': None}
    assert plain.backbone != cfg.model.backbone
    cfg.model.head.num_classes = 3
    return cfg


@pytest.fixture(scope='module')
def parts():
    """A small part stream in the place of the configs', to save time: one
    map of 128 x 16 x 8 as well."""
    return MODELS.build(
        dict(
            type='ResNet',
            depth=18,
            stem_channels=4,
            base_channels=16,
            strides=(1, 2, 2, 1)))


def test_the_small_part_stream_is_like_the_configs(parts):
    cfg = Config.fromfile(CONFIGS / LAYERS).model.part_extractor
    ours = MODELS.build(dict(cfg, init_cfg=None))
    with torch.no_grad():
        assert parts(images())[-1].shape == ours(images())[-1].shape


def samples(labels=(0, 1)):
    return [DataSample().set_gt_label(label) for label in labels]


def images(num=1):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(num, 3, 256, 128, generator=generator)


def test_the_families():
    assert set(SNIPPETS) == set(OUTPUTS) and len(OUTPUTS) >= 7
    assert LAYERS in FIRST and '_base_' not in SNIPPETS['ResNet']
    for base in BASES:
        name = Path(base).stem.split('_')[0]
        assert f'`{name}_…`' in TEXT


@pytest.mark.parametrize('family', OUTPUTS)
def test_with_layer_similarity(family, tmp_path, parts):
    cfg = swap(SNIPPETS[family], LAYERS, tmp_path)
    cfg.model.part_extractor = parts
    model = MODELS.build(cfg.model)
    channels, uses_all = OUTPUTS[family]
    model.backbone.eval()
    with torch.no_grad():
        maps = model.backbone(images())
    assert tuple(output.shape[1] for output in maps) == channels
    assert maps[-1].shape[2:] == (16, 8)
    assert model.neck[0].in_channels == (channels[-1], 128)
    fcs = [projection[0].fc for projection in model.taps.projections]
    assert tuple(fc.in_features for fc in fcs) == channels[:2]
    assert model.embedding_dim == 512

    losses = model.train()(images(2), samples(), mode='loss')
    total = sum(value for key, value in losses.items() if 'loss' in key)
    assert torch.isfinite(total)
    total.backward()
    used = [p.grad is not None for p in model.backbone.parameters()]
    assert used[0]
    assert all(used) == uses_all  # see "On several GPUs"

    # The same backbone in the model without taps, to save time.
    cfg = swap(SNIPPETS[family], TWO_STREAMS, tmp_path)
    cfg.model.backbone = model.backbone
    cfg.model.part_extractor = parts
    model = MODELS.build(cfg.model)
    assert model.neck[0].in_channels == (channels[-1], 128)
    model.eval()
    with torch.no_grad():
        embedding = model(images())
    assert embedding.shape == (1, 512)
    torch.testing.assert_close(embedding.norm(), torch.tensor(1.))


@pytest.mark.parametrize('family', OUTPUTS)
def test_in_a_baseline(family, tmp_path):
    cfg = swap(SNIPPETS[family], BASELINE, tmp_path)
    model = MODELS.build(cfg.model)
    channels, _ = OUTPUTS[family]
    assert model.neck[1].in_channels == channels[-1]
    model.eval()
    with torch.no_grad():
        assert model(images()).shape == (1, 512)
    # To the end of the network; building it runs it.
    cfg.model.backbone.pop('out_indices')
    model = MODELS.build(cfg.model)
    assert model.neck[1].in_channels == ENDS.get(family, channels[-1])
    assert model.embedding_dim == 512


def refused(backbone, base, parts, message):
    cfg = Config.fromfile(CONFIGS / base)
    cfg.model.backbone = backbone
    if base != BASELINE:
        cfg.model.part_extractor = parts
    with pytest.raises(ValueError, match=message):
        MODELS.build(cfg.model)


VIT = dict(type='VisionTransformer', arch='deit-tiny', img_size=(256, 128))


@pytest.mark.parametrize('backbone, message', [
    # The end of a network of stride 32.
    (dict(type='MobileNetV2'),
     'appearance map is 8x4 and the part map 16x8.*other strides or stages'),
    (dict(type='ConvNeXt', arch='atto', out_indices=(2, )),
     r'\(1, 160\).*gap_before_final_norm=False'),
    (VIT, r'VisionTransformer.*\(1, 192\).*out_type=\'featmap\''),
    (dict(VIT, out_type='raw'), r'\(1, 129, 192\).*featmap'),
    (dict(
        type='TIMMBackbone',
        model_name='vit_tiny_patch16_224',
        img_size=(256, 128)), r'\(1, 129, 192\).*features_only=True'),
])
def test_refused_with_two_streams(backbone, message, parts):
    refused(backbone, TWO_STREAMS, parts, message)


def test_without_delete(tmp_path):
    path = tmp_path / 'mine.py'
    snippet = SNIPPETS['EfficientNet'].replace('_delete_=True,', '')
    path.write_text(f"_base_ = '{CONFIGS / BASELINE}'\n{snippet}")
    with pytest.raises(
            TypeError,
            match=r"model\.backbone .*EfficientNet.*'(depth|strides)'.*"
            r'_delete_=True into model\.backbone'):
        MODELS.build(Config.fromfile(path).model)


def test_too_few_outputs_for_the_taps(parts):
    backbone = dict(VIT, out_type='featmap')
    refused(backbone, LAYERS, parts, r'model\.taps .*out_indices')


def test_one_image_size_only(parts):
    backbone = dict(type='MlpMixer', arch='s', patch_size=16)
    refused(backbone, BASELINE, parts, r'MlpMixer.*model\.input_size')


def test_class_token_in_a_baseline():
    cfg = Config.fromfile(CONFIGS / BASELINE)
    cfg.model.backbone = VIT
    model = MODELS.build(cfg.model)
    model.eval()
    token, = model.backbone(images())
    assert token.shape == (1, 192)
    expected = model.neck[1](token)[0]
    torch.testing.assert_close(model(images()), expected)


def test_position_embeddings_of_another_shape_are_resized(tmp_path):
    published = MODELS.build(dict(VIT, img_size=224))
    nn.init.normal_(published.pos_embed)
    path = tmp_path / 'vit.pth'
    torch.save(
        {f'backbone.{k}': v
         for k, v in published.state_dict().items()}, path)
    model = MODELS.build(
        dict(
            VIT,
            init_cfg=dict(
                type='Pretrained', checkpoint=str(path), prefix='backbone.')))
    model.init_weights()
    assert model.pos_embed.shape == (1, 1 + 16 * 8, 192)
    assert torch.equal(model.pos_embed[:, 0], published.pos_embed[:, 0])
    ours = model.pos_embed[0, 1:].reshape(16, 8, 192)
    theirs = published.pos_embed[0, 1:].reshape(14, 14, 192)
    # Fourteen rows become sixteen, fourteen columns eight.
    corner = nn.functional.cosine_similarity(ours[0, 0], theirs[0, 0], dim=0)
    assert corner > .5
    assert torch.equal(model.layers[0].attn.qkv.weight,
                       published.layers[0].attn.qkv.weight)


def test_weights_are_published_by_mmpretrain():
    import mmpretrain
    folder = Path(mmpretrain.__file__).parent / '.mim/configs'
    published = set()
    for path in folder.glob('*/metafile.yml'):
        for entry in yaml.safe_load(path.read_text())['Models']:
            published.add(entry.get('Weights') or '')
    urls = re.findall(r"checkpoint='(https://.*?)'", TEXT)
    assert len(urls) == 6

    # MMPretrain's living fork has the same files at another host.
    def paths(urls):
        return {urlsplit(url).path for url in urls}

    assert paths(urls) <= paths(published)


def test_a_misspelt_option_is_refused(tmp_path):
    cfg = swap(SNIPPETS['OSNet'], BASELINE, tmp_path)
    with pytest.raises(ValueError, match='would do nothing'):
        apply_options(cfg, {'find_unused_parameter': True})
    apply_options(cfg, {'find_unused_parameters': True})
    assert cfg.find_unused_parameters
