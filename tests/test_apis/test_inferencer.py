from types import SimpleNamespace

import cv2
import mmpretrain
import numpy as np
import pytest
import torch
from mmengine.config import Config
from tqdm import tqdm

from snreid_mm.apis import ImageCrop, PlayerReIDInferencer
from snreid_mm.apis import inferencer as module
from snreid_mm.registry import MODELS
from snreid_mm.structures import Embeddings


@pytest.fixture(scope='module')
def inferencer(tiny_model):
    return PlayerReIDInferencer(
        tiny_model.config,
        tiny_model.checkpoint,
        calibration=tiny_model.calibration,
        batch_size=3,
        progress=False)


@pytest.fixture(scope='module')
def bare(tiny_model):
    """One without a calibration."""
    return PlayerReIDInferencer(
        tiny_model.config, tiny_model.checkpoint, progress=False)


def test_embeddings_are_those_of_the_test_pipeline(inferencer, tiny_model,
                                                   pictures, folder):
    found = inferencer.extract(folder)
    names = sorted(str(path) for path in folder.rglob('[0-9].*'))
    assert list(found.names) == names and len(names) == 8
    assert found.values.dtype == np.float32
    assert found.values.shape == (8, inferencer.embedding_dim)
    # By hand: read, resize, normalize, embed.
    cfg = Config.fromfile(tiny_model.config)
    cfg.model.backbone.init_cfg = None
    cfg.model.data_preprocessor = cfg.data_preprocessor
    network = MODELS.build(cfg.model).eval()
    state = torch.load(tiny_model.checkpoint, weights_only=True)
    network.load_state_dict(state['state_dict'])
    image = cv2.resize(cv2.imread(names[0]), (32, 64))
    image = (image[..., ::-1] - np.array(cfg.data_preprocessor.mean)) \
        / cfg.data_preprocessor.std
    with torch.no_grad():
        wanted = network(
            torch.tensor(image).float().permute(2, 0, 1)[None])[0]
    np.testing.assert_allclose(found.values[0], wanted, atol=1e-5)


def test_all_forms_of_one_picture_are_embedded_alike(inferencer, pictures,
                                                     folder):
    path = folder / '0.png'
    wanted = inferencer.extract(path).values
    frame = np.zeros((80, 90, 3), np.uint8)
    frame[10:58, 30:50] = pictures[0]
    for form in (str(path), [path], str(folder / '0.*'), pictures[0],
                 np.stack([pictures[0]]),
                 ImageCrop(frame, 'box', (30, 10, 50, 58))):
        np.testing.assert_allclose(
            inferencer.extract(form).values, wanted, atol=1e-6)
    rgb = pictures[0][..., ::-1]
    np.testing.assert_allclose(
        inferencer.extract(rgb, channel_order='rgb').values, wanted,
        atol=1e-6)
    assert np.abs(inferencer.extract(rgb).values - wanted).max() > 1e-3
    np.testing.assert_array_equal(inferencer(path).values, wanted)


def test_a_batch_size_changes_no_embedding(inferencer, bare, pictures):
    np.testing.assert_allclose(
        inferencer.extract(pictures).values,
        bare.extract(pictures).values,
        atol=1e-5)
    names = inferencer.extract([pictures[:2], pictures[2]]).names
    assert names == ('array 0 0', 'array 0 1', 'array 1')


def test_boxes_of_a_tracker(inferencer, pictures):
    frame = np.zeros((100, 100, 3), np.uint8)
    frame[2:50, 3:23], frame[40:88, 60:81] = pictures[0], pictures[1]
    detections = SimpleNamespace(
        xyxy=np.array([[3, 2, 23, 50], [60, 40, 81, 88]], np.float32))
    found = inferencer.extract_embeddings(detections, frame)
    np.testing.assert_allclose(
        found, inferencer.extract(pictures[:2]).values, atol=1e-6)
    none = inferencer.extract_embeddings(
        SimpleNamespace(xyxy=np.zeros((0, 4))), frame)
    assert none.shape == (0, inferencer.embedding_dim)
    assert none.dtype == np.float32
    with pytest.raises(ValueError, match='detection 1 lies outside its frame '
                       'of 100 x 100 pixels'):
        inferencer.extract_embeddings(
            SimpleNamespace(xyxy=[[3, 2, 23, 50], [120, 2, 140, 50]]), frame)


@pytest.mark.parametrize('detections, frame, kind, text', [
    (SimpleNamespace(xyxy=[[1, 2, 3, 4]]), [[1]], TypeError,
     'The image of detection 0 is a list'),
    (SimpleNamespace(xyxy=[[1, 2, 3, 4, 5]]), None, ValueError,
     r'box .1, 2, 3, 4, 5. of detection 0 is not four numbers'),
    (SimpleNamespace(xyxy=[1, 2, 3, 4]), None, ValueError,
     'box 1 of detection 0 is not four numbers'),
    (SimpleNamespace(xyxy=None), None, TypeError,
     'Detections need xyxy, .* with None was given'),
    ([[1, 2, 3, 4]], None, TypeError, 'Detections need xyxy, .*but a list'),
])
def test_detections_that_are_none(inferencer, detections, frame, kind, text):
    frame = np.zeros((9, 9, 3), np.uint8) if frame is None else frame
    with pytest.raises(kind, match=text):
        inferencer.extract_embeddings(detections, frame)


def test_ranking(inferencer, bare, pictures):
    ranked = inferencer.rank(pictures[:3], pictures[::-1])
    # Each query is in the gallery itself.
    assert ranked.order[:, 0].tolist() == [7, 6, 5]
    assert np.allclose(ranked.distances[:, 0], 0, atol=1e-3)
    assert (np.diff(ranked.distances, axis=1) >= 0).all()
    assert (np.diff(ranked.probabilities, axis=1) <= 0).all()
    assert ranked.no_match.shape == (3, )
    columns = ranked.columns(topk=2)
    assert columns['gallery'][0] == 'array 7'
    assert columns['rank'].tolist() == [1, 2] * 3
    assert set(columns) == {
        'query', 'rank', 'gallery', 'distance', 'same_person', 'no_match'
    }
    plain = bare.rank(ranked.queries, ranked.gallery)
    np.testing.assert_array_equal(plain.order, ranked.order)
    assert plain.probabilities is None and 'no_match' not in plain.columns()


def test_no_calibration_is_said_once(bare, monkeypatch):
    said = []
    monkeypatch.setattr(module, 'print_log',
                        lambda text, **options: said.append(text))
    monkeypatch.setattr(bare, '_has_warned', False)
    one = Embeddings([[0., 1.]], ['a'])
    for _ in range(2):
        assert bare.compare(one, one).probability is None
        assert bare.rank(one, one).no_match is None
    assert len(said) == 1 and said[0].startswith('There is no calibration')


def test_matching_and_comparing(inferencer, bare, pictures):
    found = inferencer.match(pictures[:2], pictures[1::-1], share=1e-6)
    assert found.partners.tolist() == [1, 0]
    assert (found.probabilities > found.no_match).all()
    assert bare.match(pictures[0], pictures[:2]).partners.tolist() == [0]
    same = inferencer.compare(pictures[0], pictures[0])
    other = inferencer.compare(pictures[0], pictures[1])
    assert same.distance == 0 < other.distance
    assert same.probability > other.probability


def test_a_matching_is_used_for_both(tiny_model):
    inferencer = PlayerReIDInferencer(
        tiny_model.config,
        tiny_model.checkpoint,
        matching=dict(type='assignment'),
        progress=False)
    queries = Embeddings([[0, 0], [0, .5]], ['a', 'b'])
    gallery = Embeddings([[0, .4], [1, 0]], ['x', 'y'])
    assert inferencer.rank(queries, gallery).order[0, 0] == 1
    assert inferencer.match(queries, gallery).partners.tolist() == [1, 0]


def test_bfloat16_is_near_to_float32(tiny_model, bare, pictures):
    half = PlayerReIDInferencer(
        tiny_model.config,
        tiny_model.checkpoint,
        precision='bfloat16',
        progress=False).extract(pictures)
    whole = bare.extract(pictures)
    assert half.values.dtype == np.float32
    assert 0 < np.abs(half.values - whole.values).max() < .05


@pytest.mark.gpu
@pytest.mark.parametrize('precision', ['float16', 'bfloat16'])
def test_half_precision_on_a_gpu(tiny_model, bare, pictures, precision):
    half = PlayerReIDInferencer(
        tiny_model.config,
        tiny_model.checkpoint,
        device='cuda',
        precision=precision,
        progress=False).extract(pictures)
    np.testing.assert_allclose(
        half.values, bare.extract(pictures).values, atol=.05)


def test_a_progress_bar(tiny_model, pictures, monkeypatch, capsys):
    # At once, and not after a second.
    monkeypatch.setattr(module, 'tqdm',
                        lambda **options: tqdm(**{**options, 'delay': 0}))
    PlayerReIDInferencer(
        tiny_model.config, tiny_model.checkpoint,
        device='cpu').extract(pictures)
    assert '8/8' in capsys.readouterr().err


@pytest.mark.parametrize('options, text', [
    (dict(precision='half'), 'precision must be one of float32, float16, '
     "bfloat16, but is 'half'"),
    (dict(precision='float16', device='cpu'), 'needs a GPU: use bfloat16'),
    (dict(device='gpu7'), "device='gpu7' is none: give 'cpu', 'cuda'"),
    (dict(batch_size=0), 'batch_size must be a positive integer, but is 0'),
    (dict(calibration='no.json'), 'There is no calibration no.json'),
    (dict(matching=dict(type='dual_softmax', own_frame=1.)),
     'own_frame needs the whole split'),
    (dict(matching=dict(type='x')), "matching has type 'x': choose one of"),
    (dict(matching='dual_softmax'), "matching is 'dual_softmax', but must be "
     'a dict'),
    (dict(model=3), 'The model is a int, but must be a config file'),
    (dict(checkpoint=None), 'There are no weights for tiny-resnet_pitch: give '
     'checkpoint'),
    (dict(checkpoint='no.pth'), "There is no checkpoint 'no.pth'"),
    (dict(model='no.py'), 'There is no config file no.py'),
    (dict(model='two-stream-resnet18_b64-9e_pitch-dem'),
     "such as 'two-stream-resnet18_b64-9e_pitch-demo_128x64'"),
])
def test_a_wrong_argument(tiny_model, options, text):
    options = {
        'model': tiny_model.config,
        'checkpoint': tiny_model.checkpoint,
        **options
    }
    kinds = ValueError, FileNotFoundError, TypeError
    with pytest.raises(kinds) as raised:
        PlayerReIDInferencer(**options)
    assert text in str(raised.value)


def test_a_gpu_that_is_not_there(tiny_model, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(ValueError, match="device='cuda' needs a GPU, and none "
                       'was found'):
        PlayerReIDInferencer(
            tiny_model.config, tiny_model.checkpoint, device='cuda')


def test_weights_of_another_model(tiny_model, tmp_path):
    state = torch.load(tiny_model.checkpoint, weights_only=True)
    state['state_dict'] = {
        key: value for key, value in state['state_dict'].items()
        if 'layer3' not in key
    }
    path = tmp_path / 'other.pth'
    torch.save(state, path)
    with pytest.raises(ValueError, match='does not fit the model.*layer3'):
        PlayerReIDInferencer(tiny_model.config, path)
    config = Config.fromfile(tiny_model.config)
    config.test_dataloader = None
    with pytest.raises(ValueError, match='no test_dataloader with a pipeline'):
        PlayerReIDInferencer(config, path)
    torch.save(dict(state_dict=None), path)
    with pytest.raises(ValueError, match='a NoneType in the place of weights'):
        PlayerReIDInferencer(tiny_model.config, path)
    config.model = None
    with pytest.raises(ValueError, match='is a None, which embeds'):
        PlayerReIDInferencer(config, tiny_model.checkpoint)
    config.model = dict(type='ImageClassifier')
    with pytest.raises(ValueError, match='is a ImageClassifier, which embeds'):
        PlayerReIDInferencer(config, path)


def test_a_name_of_the_model_index(tmp_path):
    name = 'resnet18-fc128_b64-12e_pitch-demo_128x64'
    network = mmpretrain.get_model(name)
    path = tmp_path / 'epoch_12.pth'
    torch.save(dict(state_dict=network.state_dict()), path)
    inferencer = PlayerReIDInferencer(name, path, progress=False)
    assert inferencer.embedding_dim == 128
    assert inferencer.frozen.name == name
