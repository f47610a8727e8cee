"""The way from a pose estimator to a two-stream model: trained on the pitch's
keypoints with tools/train.py, tested, drawn, and used as the part stream."""

import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmpose.apis import init_model

from snreid_mm.registry import MODELS
from snreid_mm.utils.safe_load import read_checkpoint

ROOT = Path(__file__).resolve().parents[2]
POSE = '''
_base_ = '{root}/configs/pose/{name}.py'
input_size = (32, 64)
codec = dict(type='mmpose.MSRAHeatmap', input_size=input_size,
             heatmap_size=(8, 16), sigma=1)
train_pipeline = [
    dict(type='mmpose.LoadImage'),
    dict(type='mmpose.RandomFlip', direction='horizontal'),
    dict(type='snreid_mm.ResizeCropWithKeypoints', input_size=input_size),
    dict(type='mmpose.GenerateTarget', encoder=codec),
    dict(type='mmpose.PackPoseInputs'),
]
test_pipeline = [
    dict(type='mmpose.LoadImage'),
    dict(type='snreid_mm.ResizeCropWithKeypoints', input_size=input_size),
    dict(type='mmpose.PackPoseInputs'),
]
loader = dict(num_workers=0, persistent_workers=False, pin_memory=False)
data_root = '{data}'
train = dict(data_root=data_root, pipeline=train_pipeline, indices={images})
test = dict(data_root=data_root, pipeline=test_pipeline, indices={images})
train_dataloader = dict(batch_size=8, dataset=train, **loader)
val_dataloader = dict(dataset=test, **loader)
test_dataloader = dict(dataset=test, **loader)
model = dict({model})
train_cfg = dict(max_epochs=1, val_interval=1)
param_scheduler = None  # longer than an epoch
default_hooks = dict(checkpoint=dict(save_optimizer=False))
'''
REID = '''
_base_ = [
    '{root}/configs/_base_/models/two_stream.py',
    '{root}/configs/_base_/datasets/soccernet_reid.py',
    '{root}/configs/_base_/schedules/adamw_cosine_small.py',
    '{root}/configs/_base_/default_runtime.py',
]
data_root = '{data}'
pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=(32, 64)),
    dict(type='PackInputs', meta_keys=(
        'img_path', 'ori_shape', 'bbox_idx', 'action_idx', 'person_uid',
        'role', 'subset')),
]
loader = dict(num_workers=0, persistent_workers=False, pin_memory=False,
              dataset=dict(data_root=data_root, pipeline=pipeline))
train_dataloader = dict(batch_size=8, **loader)
val_dataloader = loader
test_dataloader = loader
model = dict(
    input_size=(64, 32),
    backbone=dict(depth=18, base_channels=4, stem_channels=4, init_cfg=None),
    part_extractor=dict(_delete_=True, {parts}),
    neck=dict(out_channels=32, appearance_proj=dict(out_channels=8)))
train_cfg = dict(max_epochs=1, val_interval=1)
param_scheduler = None  # longer than an epoch
default_hooks = dict(checkpoint=dict(save_optimizer=False))
'''
RESNET = 'td-hm_resnet18_b32-4e_pitch-bench_128x64'
OPENPOSE = 'td-hm_openpose_b64-60e_pitch-bench_256x128'
SMALL = '''backbone=dict(stem_channels=8, base_channels=8),
    head=dict(in_channels=64, deconv_out_channels=(16, 16), decoder=codec)'''


@pytest.fixture
def tool(run_tool):
    """Run a tool of tools/; give its exit code and its output."""

    def run(name, *args):
        code, out, err = run_tool(ROOT / 'tools' / name, *args)
        return code, SimpleNamespace(out=out, err=err)

    return run


def _write(path, text, **values):
    path.write_text(text.format(root=ROOT, **values))
    return path


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('pose')


@pytest.fixture
def pose(tool, folder, tiny_pitch):
    """The config and the checkpoint of a small pose estimator; trained when
    the first test asks for it."""
    config, work = folder / 'pose.py', folder / 'pose'
    if not config.exists():
        _write(config, POSE, name=RESNET, data=tiny_pitch, images=48,
               model=SMALL)
        code, printed = tool('train.py', config, '--work-dir', work)
        assert code == 0, printed.err
    return config, work / 'epoch_1.pth'


def _scores(work, key):
    lines = []
    for path in sorted(work.glob('*/vis_data/scalars.json')):
        lines += map(json.loads, path.read_text().splitlines())
    return [line[key] for line in lines if key in line]


# -- the pose estimator -----------------------------------------------------


def test_training_validates_and_testing_gives_ap_and_pck(pose, tool, folder):
    config, checkpoint = pose
    # The best checkpoint is that of the best PCK.
    assert len(_scores(folder / 'pose', 'PCK')) == 1
    assert list((folder / 'pose').glob('best_PCK_epoch_1.pth'))
    code, printed = tool('test.py', config, checkpoint, '--work-dir',
                         folder / 'test', '--out', folder / 'metrics.json')
    assert code == 0, printed.err
    metrics = json.loads((folder / 'metrics.json').read_text())
    assert {'coco/AP', 'coco/AR', 'PCK'} <= set(metrics)
    assert 0 <= metrics['PCK'] <= 1


@pytest.mark.parametrize('options, message', [
    (('test_dataloader.dataset.split=valid', ),
     'test_dataloader.dataset.ann_file=keypoints/valid.json'),
    (('test_evaluator.ranking_file=r.json', ),
     'test_evaluator is a list of 2 (mmpose.CocoMetric, mmpose.PCKAccuracy)'),
    (('data_root=nowhere', ), 'There is no keypoint file nowhere/keypoints/'
     'test.json (test_dataloader.dataset.ann_file): give the data_root of a '
     'synthetic pitch, which tools/dataset_tools/make_synthetic.py draws'),
    (('model.backbone.depth=34', ), 'does not fit the pose estimator (ResNet'),
    (('model.head.decoder.input_size=64,128', ),
     'ResizeCropWithKeypoints of test_dataloader has input_size=(32, 64), but '
     'model.head.decoder has (64, 128)'),
])
def test_what_makes_no_sense_for_poses_is_one_sentence(
        pose, tool, folder, options, message):
    code, printed = tool('test.py', *pose, '--work-dir', folder / 'bad',
                         '--cfg-options', *options)
    last = printed.err.strip().splitlines()[-1]
    assert code == 1 and last.startswith('error: ') and message in last


@pytest.mark.parametrize('options, message', [
    (('val_dataloader.dataset.ann_file=keypoints/challenge.json', ),
     'keypoints/challenge.json (val_dataloader.dataset.ann_file)'),
    (('train_dataloader.dataset.pipeline.2.input_size=16,32', ),
     'ResizeCropWithKeypoints of train_dataloader has input_size=(16, 32)'),
    (('train_dataloader.dataset.pipeline.3.encoder.heatmap_size=4,8', ),
     'The encoder of GenerateTarget of train_dataloader has '
     'heatmap_size=(4, 8)'),
    (('model.head.out_channels=18', ), 'model.head.out_channels=17'),
])
def test_a_bad_training_config_is_one_sentence(pose, tool, folder, options,
                                               message):
    code, printed = tool('train.py', pose[0], '--work-dir', folder / 'bad',
                         '--cfg-options', *options)
    last = printed.err.strip().splitlines()[-1]
    assert code == 1 and last.startswith('error: ') and message in last
    assert not list((folder / 'bad').glob('*.pth'))


# -- its picture ------------------------------------------------------------


@pytest.fixture
def drawn(monkeypatch):
    """What was drawn: the crops, and the heading."""
    from snreid_mm import visualization
    calls = []
    draw = visualization.draw_keypoint_panel

    def spy(crops, skeleton, heading, **options):
        calls.append((crops, heading))
        return draw(crops, skeleton, heading, **options)

    monkeypatch.setattr(visualization, 'draw_keypoint_panel', spy)
    return calls


def test_keypoints_are_drawn(pose, tool, drawn, tiny_pitch, tmp_path):
    def show(*args):
        code, printed = tool('visualization/show_keypoints.py', *pose,
                             '--data-root', tiny_pitch, '--out', tmp_path,
                             *args)
        assert code == 0, printed.err
        assert 'Predict: 100%' in printed.err  # the progress bar
        return printed.out.splitlines()[-1]

    path = show('--num', 5, '--truth')
    assert path == str(tmp_path / 'keypoints_test.jpg')
    assert cv2.imread(path).shape[1] == 1600
    assert [each.name for each in tmp_path.iterdir()] == [Path(path).name]
    path = show('--num', 5, '--split', 'valid', '--format', 'png', '--seed',
                1, '--cfg-options', f'data_root={tiny_pitch}')
    assert path == str(tmp_path / 'keypoints_valid.png')

    crops, heading = drawn[0]
    assert heading.startswith('epoch_1.pth, test: 5 of ')
    assert len(crops) == 5
    coco = json.loads((tiny_pitch / 'keypoints' / 'test.json').read_text())
    images = {
        str(tiny_pitch / image['file_name']): annotation
        for image, annotation in zip(coco['images'], coco['annotations'])
    }
    model = init_model(Config.fromfile(pose[0]), str(pose[1]), device='cpu')
    right, known = 0, 0
    for crop in crops:
        # The file's own joints, and its own pixels, once.
        name = next(name for name in images
                    if np.array_equal(cv2.imread(name), crop.image))
        truth = np.reshape(images.pop(name)['keypoints'], (17, 3))
        np.testing.assert_allclose(crop.truth, truth[:, :2], atol=1e-3)
        np.testing.assert_array_equal(crop.truth_visible, truth[:, 2] > 0)
        image = crop.image
        height, width = image.shape[:2]
        size, pck = crop.caption.splitlines()
        assert size == f'{height} × {width}'
        # The heatmaps' peaks, on the crop.
        data = model.data_preprocessor(
            dict(inputs=[torch.from_numpy(
                cv2.resize(image, (32, 64)).transpose(2, 0, 1))],
                 data_samples=[]))
        with torch.no_grad():
            maps = model(data['inputs'], None)[0].numpy()  # (17, 16, 8)
        peaks = [np.unravel_index(each.argmax(), each.shape) for each in maps]
        expected = np.array([(x * width / 8, y * height / 16)
                             for y, x in peaks])
        # Within the quarter of a cell by which the decoder goes further.
        off = np.abs(crop.keypoints - expected) / (width / 8, height / 16)
        assert off.max() < 0.3
        distance = np.linalg.norm(crop.keypoints - truth[:, :2], axis=1)
        box = max(width, height) - 1
        near = (distance < 0.05 * box)[truth[:, 2] > 0]
        assert pck == f'PCK {100 * near.mean():.0f} %'
        right, known = right + near.sum(), known + len(near)
    assert known > 17
    assert drawn[1][0][0].truth is None


@pytest.mark.parametrize('args, message', [
    (('--split', 'challenge'), '--split challenge has no keypoints in '),
    (('--data-root', 'nowhere'), 'There is no keypoint file nowhere'),
    (('--num', 0), '--num must be at least 1'),
    (('--cfg-options', 'data_root=x'), '--data-root decides it'),
    (('--cfg-options', 'model.head.in_channels=64',
      'model.backbone.base_channels=16'), 'does not fit'),
    (('--cfg-options', 'model.head.decoder.input_size=64,128'),
     'ResizeCropWithKeypoints of test_dataloader has input_size=(32, 64)'),
])
def test_bad_arguments_of_drawing_are_one_sentence(
        pose, tool, tiny_pitch, tmp_path, args, message):
    code, printed = tool('visualization/show_keypoints.py', *pose,
                         '--data-root', tiny_pitch, '--out', tmp_path, *args)
    last = printed.err.strip().splitlines()[-1]
    assert code == 1 and last.startswith('error: ') and message in last
    assert not list(tmp_path.iterdir())


def test_drawing_needs_a_pose_estimators_config(pose, tool, tiny_pitch,
                                                tmp_path):
    demo, = (ROOT / 'configs/demo').glob('resnet18*.py')
    for config, message in ((demo, 'is no config of a pose estimator'),
                            ('no/such.py', 'There is no config file')):
        code, printed = tool('visualization/show_keypoints.py', config,
                             pose[1], '--data-root', tiny_pitch, '--out',
                             tmp_path)
        assert code == 1 and message in printed.err
    code, printed = tool('visualization/show_keypoints.py', pose[0],
                         tmp_path / 'no.pth', '--data-root', tiny_pitch,
                         '--out', tmp_path)
    assert code == 1 and 'There is no checkpoint' in printed.err


# -- as the part stream -----------------------------------------------------


def _two_streams(tool, folder, name, data, parts):
    """Train the two-stream model and test it; give config and metrics."""
    config = _write(folder / f'{name}.py', REID, data=data, parts=parts)
    work, out = folder / name, folder / f'{name}.json'
    code, printed = tool('train.py', config, '--work-dir', work)
    assert code == 0, printed.err
    code, printed = tool('test.py', config, work / 'epoch_1.pth',
                         '--work-dir', work, '--out', out)
    assert code == 0, printed.err
    return config, work / 'epoch_1.pth', json.loads(out.read_text())


def test_its_heatmaps_are_the_part_stream(pose, tool, folder, tiny_pitch):
    pose_config, pose_checkpoint = pose
    config, checkpoint, metrics = _two_streams(
        tool, folder, 'heatmaps', tiny_pitch,
        "type='snreid_mm.MMPosePartExtractor', "
        f"pose_estimator='{pose_config}', checkpoint='{pose_checkpoint}', "
        'grid=(4, 2)')
    assert 0 < metrics['reid/mAP'] <= 100

    # What the trained model sees of a crop is what the estimator sees.
    cfg = Config.fromfile(config)
    model = MODELS.build(
        dict(cfg.model, data_preprocessor=cfg.data_preprocessor))
    state = read_checkpoint(str(checkpoint))['state_dict']
    model.load_state_dict(state, strict=False)
    estimator = init_model(Config.fromfile(pose_config), str(pose_checkpoint),
                           device='cpu')
    image = torch.from_numpy(
        np.random.default_rng(0).integers(0, 256, (1, 3, 64, 32), np.uint8))

    def estimated(image):
        data = estimator.data_preprocessor(
            dict(inputs=[image[0]], data_samples=[]))
        return F.avg_pool2d(estimator(data['inputs'], None), 4)

    with torch.no_grad():
        expected, other = estimated(image), estimated(image.flip(1))
        seen = model.eval().extract_feat(
            model.data_preprocessor(dict(inputs=image))['inputs'],
            stage='part_extractor')[0]
    assert seen.shape == expected.shape == (1, 17, 4, 2)
    # Hardly trained, it gives nearly flat maps: what counts is beside what
    # an image with its channels turned round would change.
    assert (seen - expected).abs().max() < .01 * (other -
                                                  expected).abs().max()


def test_openpose_trained_as_an_estimator_is_the_part_stream(
        tool, folder, tiny_pitch):
    config = _write(folder / 'openpose.py', POSE, name=OPENPOSE,
                    data=tiny_pitch, images=8,
                    model='head=dict(decoder=codec)')
    work = folder / 'openpose'
    code, printed = tool('train.py', config, '--work-dir', work,
                         '--no-validate')
    assert code == 0, printed.err
    checkpoint = work / 'epoch_1.pth'
    init_cfg = dict(
        type='Pretrained', checkpoint=str(checkpoint), prefix='backbone.')
    _, trained, metrics = _two_streams(
        tool, folder, 'openpose-parts', tiny_pitch,
        f"type='snreid_mm.OpenPoseParts', frozen=True, init_cfg={init_cfg}")
    assert 0 < metrics['reid/mAP'] <= 100
    before, after = (
        read_checkpoint(str(path))['state_dict']
        for path in (checkpoint, trained))
    name = 'Mconv7_stage2_L2.weight'
    assert torch.equal(before[f'backbone.{name}'],
                       after[f'part_extractor.{name}'])
