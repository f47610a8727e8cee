import pytest
from mmengine.config import Config

from snreid_mm.utils.keypoint_files import check_keypoint_files


def config(root, wrap=None, **dataset):
    dataset = dict(
        type='mmpose.CocoDataset',
        data_root=str(root),
        ann_file='keypoints/test.json',
        **dataset)
    return Config(
        dict(test_dataloader=dict(
            dataset=dataset if wrap is None else wrap(dataset))))


def check(cfg):
    check_keypoint_files(cfg, ('test_dataloader', ))


@pytest.fixture
def root(tmp_path):
    (tmp_path / 'keypoints').mkdir()
    (tmp_path / 'keypoints' / 'test.json').write_text('{}')
    return tmp_path


WRAPS = [
    None, lambda inner: dict(type='RepeatDataset', times=2, dataset=inner),
    lambda inner: dict(type='ConcatDataset', datasets=[inner])
]


@pytest.mark.parametrize('wrap', WRAPS)
def test_files_that_are_there_pass(root, wrap):
    check(config(root, wrap))


@pytest.mark.parametrize('wrap', WRAPS)
def test_a_missing_file_is_named_with_its_maker(tmp_path, wrap):
    with pytest.raises(FileNotFoundError) as caught:
        check(config(tmp_path, wrap))
    message = str(caught.value)
    assert str(tmp_path / 'keypoints' / 'test.json') in message
    assert 'test_dataloader.dataset.ann_file' in message
    assert 'tools/dataset_tools/make_synthetic.py' in message


def test_paths_and_addresses_are_left_as_they_are(root, tmp_path):
    cfg = config('elsewhere')
    cfg.test_dataloader.dataset.ann_file = str(root / 'keypoints/test.json')
    check(cfg)
    cfg.test_dataloader.dataset.ann_file = 's3://bucket/test.json'
    check(cfg)
    # Only what is asked for is looked at.
    check_keypoint_files(config('nowhere'), ('train_dataloader', ))


def test_a_split_is_refused(root):
    with pytest.raises(ValueError, match='dataset.ann_file=keypoints/valid'):
        check(config(root, split='valid'))


@pytest.mark.parametrize('dataset', [
    None, dict(type='snreid_mm.SoccerNetReID', data_root='no', split='test'),
    dict(type='CUB', data_root='no', ann_file='no.txt')
])
def test_other_data_sets_pass(dataset):
    check(Config(dict(test_dataloader=dict(dataset=dataset))))
    check(Config(dict(test_dataloader=None)))
