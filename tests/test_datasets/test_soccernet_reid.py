import logging
import os
import pickle
import warnings

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.logging import MMLogger
from mmengine.registry import DefaultScope
from mmpretrain.registry import DATASETS as MMPRETRAIN_DATASETS

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.registry import DATASETS
from snreid_mm.soccernet import ROLES, checks

SPLITS = ['train', 'valid', 'test', 'challenge']
CONFIGS = os.path.join(
    os.path.dirname(__file__), '../../configs/_base_/datasets')


def samples(dataset):
    return [dataset.get_data_info(idx) for idx in range(len(dataset))]


def message_of(error, *args, **kwargs):
    with pytest.raises(error) as caught:
        SoccerNetReID(*args, **kwargs)
    return str(caught.value)


class TestRealLayout:
    """All splits of a tree written by hand, from JSON and from names."""

    @pytest.mark.parametrize('annotated', [True, False])
    @pytest.mark.parametrize('split, length, identities', [
        ('train', 10, 7), ('valid', 6, 3), ('test', 3, 2),
        ('challenge', 5, None)])
    def test_every_split(self, tree, split, annotated, length, identities):
        if not annotated:
            tree.drop_annotations()
        dataset = SoccerNetReID(str(tree), split)
        assert len(dataset) == length
        assert dataset.num_identities == identities
        for sample in samples(dataset):
            assert os.path.isfile(sample['img_path'])
            # The name says what the sample says.
            parts = os.path.basename(sample['img_path']).split('-')
            assert parts[0] == str(sample['bbox_idx'])
            assert parts[1] == str(sample['action_idx'])
            if split != 'challenge':
                assert parts[2:6] == [
                    str(sample['person_uid']),
                    str(sample['frame_idx']), sample['role'],
                    sample['jersey']
                ]

    @pytest.mark.parametrize('split', SPLITS)
    def test_same_from_json_and_from_names(self, tree, split):
        one = samples(SoccerNetReID(str(tree), split))
        tree.drop_annotations()
        assert samples(SoccerNetReID(str(tree), split)) == one

    def test_labels_follow_person_uid(self, tree):
        dataset = SoccerNetReID(str(tree))
        assert dataset.column('person_uid').tolist() == [
            7, 7, 5, 12, 12, 13, 30, 30, 25, 40]
        assert dataset.column('gt_label').tolist() == [
            1, 1, 0, 2, 2, 3, 5, 5, 4, 6]

    def test_only_train_has_labels(self, tree):
        for split in SPLITS[1:]:
            assert 'gt_label' not in SoccerNetReID(
                str(tree), split).get_data_info(0)

    def test_ground_truth_file(self, tree):
        files = {
            split: SoccerNetReID(str(tree), split).ground_truth_file
            for split in SPLITS
        }
        assert files == dict(
            train=str(tree / 'train/train_bbox_info.json'),
            valid=str(tree / 'valid/bbox_info.json'),
            test=str(tree / 'test/bbox_info.json'),
            challenge=None)
        tree.drop_annotations()
        assert SoccerNetReID(str(tree), 'valid').ground_truth_file is None


class TestFilters:

    def test_fraction(self, tree):
        dataset = SoccerNetReID(str(tree), fraction=0.5)  # actions 0 and 1
        assert set(dataset.column('action_idx')) == {0, 1}
        assert dataset.column('gt_label').tolist() == [1, 1, 0, 2, 2, 3]
        assert dataset.num_identities == 4

    def test_fraction_needs_only_its_own_images(self, tree):
        for path in tree.paths('train')[:4]:  # actions 2 and 3
            path.unlink()
        assert len(SoccerNetReID(str(tree), fraction=0.5)) == 6
        assert '4 of the 10' in message_of(FileNotFoundError, str(tree))

    @pytest.mark.parametrize('fraction', [
        0, -0.1, 1.01, float('nan'), '0.1', None, True])
    def test_bad_fraction(self, tree, fraction):
        message = message_of(ValueError, str(tree), fraction=fraction)
        assert f'fraction={fraction!r}' in message and '(0, 1]' in message

    @pytest.mark.parametrize('split', SPLITS[1:])
    def test_fraction_is_for_train_only(self, tree, split):
        message = message_of(ValueError, str(tree), split, fraction=0.5)
        assert split in message and 'only train' in message
        assert len(SoccerNetReID(str(tree), split, fraction=1.0))

    def test_roles(self, tree):
        dataset = SoccerNetReID(
            str(tree), roles=('Player_team_left', 'Main_referee'))
        assert set(dataset.column('role')) == {
            'Player_team_left', 'Main_referee'}
        assert dataset.column('gt_label').tolist() == [0, 0, 1, 2, 2]
        assert dataset.num_identities == 3
        one = SoccerNetReID(str(tree), roles='Main_referee')
        assert len(one) == 1 and one.column('gt_label').tolist() == [0]

    def test_bad_roles(self, tree):
        message = message_of(ValueError, str(tree), roles=['Ball'])
        assert "('Ball',)" in message
        assert all(role in message for role in ROLES)
        message = message_of(ValueError, str(tree), roles=())
        assert 'one class or more' in message
        message = message_of(
            ValueError, str(tree), 'test', roles=['Main_referee'])
        assert 'only train' in message

    def test_nothing_left(self, tree):
        message = message_of(
            ValueError, str(tree), fraction=0.1,
            roles=['Goalkeeper_team_unknown'])
        assert 'fraction=0.1' in message and 'No crop' in message


class TestArguments:

    def test_unknown_split(self, tree):
        assert "'train', 'valid'" in message_of(ValueError, str(tree), 'val')

    def test_bad_root(self):
        assert 'data_root' in message_of(FileNotFoundError, '')
        assert 'PathLike' in message_of(TypeError, None)

    def test_path_objects_and_home(self, tree, monkeypatch):
        monkeypatch.setenv('HOME', str(tree.root.parent))
        assert len(SoccerNetReID(tree.root)) == 10
        assert len(SoccerNetReID('~/reid')) == 10

    def test_missing_root(self, tmp_path):
        message = message_of(FileNotFoundError, str(tmp_path / 'x'))
        assert str(tmp_path / 'x/train') in message
        assert 'download.py' in message

    def test_errors_come_before_the_index_is_read(self):
        assert 'split' in message_of(ValueError, 'x', 'y', lazy_init=True)

    def test_lazy_init(self, tree):
        dataset = SoccerNetReID(str(tree), lazy_init=True)
        assert "Haven't been initialized" in repr(dataset)
        assert dataset.num_identities == 7
        assert len(dataset) == 10
        lazy = SoccerNetReID(str(tree), lazy_init=True)
        assert len(lazy.column('gt_label')) == 10

    def test_test_mode(self, tree):
        assert not SoccerNetReID(str(tree)).test_mode
        assert SoccerNetReID(str(tree), 'valid').test_mode
        assert not SoccerNetReID(str(tree), 'valid', test_mode=False).test_mode

    def test_max_refetch(self, tree):
        tried = []

        def broken(sample):
            tried.append(sample['sample_idx'])

        dataset = SoccerNetReID(str(tree), pipeline=[broken], max_refetch=3)
        with pytest.raises(Exception, match='valid image after 3'):
            dataset[0]
        assert len(tried) == 4

    def test_built_from_either_registry(self, tree):
        cfg = dict(type='snreid_mm.SoccerNetReID', data_root=str(tree))
        with DefaultScope.overwrite_default_scope('mmpretrain'):
            assert len(MMPRETRAIN_DATASETS.build(cfg)) == 10
            assert len(DATASETS.build(cfg)) == 10

    def test_repr(self, tree):
        text = repr(SoccerNetReID(str(tree), fraction=0.5))
        for part in ('Number of samples: \t6', 'Fraction: \t0.5',
                     'Identities: \t4', 'Actions: \t2', str(tree)):
            assert part in text
        assert 'Identities' not in repr(SoccerNetReID(str(tree), 'challenge'))


class TestMetainfo:

    def test_small_and_plain(self, tree, tmp_path):
        metainfo = SoccerNetReID(
            str(tree), metainfo=dict(note='mine')).metainfo
        assert metainfo == dict(
            dataset_name='SoccerNet-v3 ReID',
            split='train',
            num_identities=7,
            note='mine')
        assert type(metainfo['num_identities']) is int
        path = tmp_path / 'meta.pth'
        torch.save(metainfo, path)
        assert torch.load(path, weights_only=True) == metainfo

    def test_two_splits_do_not_share_it(self, tree):
        train = SoccerNetReID(str(tree))
        challenge = SoccerNetReID(str(tree), 'challenge')
        assert train.metainfo['num_identities'] == 7
        assert challenge.metainfo['num_identities'] is None
        assert 'split' not in SoccerNetReID.METAINFO


class TestColumn:

    @pytest.mark.parametrize('split', SPLITS)
    def test_agrees_with_the_samples(self, tree, split):
        dataset = SoccerNetReID(str(tree), split)
        rows = samples(dataset)
        for key in rows[0]:
            values = dataset.column(key)
            assert isinstance(values, np.ndarray)
            assert values.shape == (len(dataset), )
            assert values.tolist() == [row[key] for row in rows]

    def test_integer_columns(self, tree):
        dataset = SoccerNetReID(str(tree))
        for key in ('gt_label', 'action_idx', 'person_uid', 'bbox_idx'):
            assert dataset.column(key).dtype == np.int64

    def test_unknown_key(self, tree):
        with pytest.raises(KeyError, match='gt_label'):
            SoccerNetReID(str(tree), 'valid').column('gt_label')

    def test_what_is_given_can_be_changed(self, tree):
        dataset = SoccerNetReID(str(tree))
        dataset.column('gt_label')[:] = -1
        assert dataset.column('gt_label').min() == 0

    @pytest.mark.parametrize('serialize', [True, False])
    @pytest.mark.parametrize('indices', [4, -3, [8, 0, 3]])
    def test_indices(self, tree, indices, serialize):
        dataset = SoccerNetReID(
            str(tree), indices=indices, serialize_data=serialize)
        self.check(dataset, indices)

    @pytest.mark.parametrize('serialize', [True, False])
    @pytest.mark.parametrize('indices', [4, -3, [8, 0, 3]])
    def test_subsets(self, tree, indices, serialize):
        dataset = SoccerNetReID(str(tree), serialize_data=serialize)
        subset = dataset.get_subset(indices)
        self.check(subset, indices)
        self.check(subset.get_subset([1, 0]), [1, 0], subset)
        assert len(dataset.column('gt_label')) == len(dataset) == 10
        dataset.get_subset_(indices)
        self.check(dataset, indices)

    def check(self, dataset, indices, whole=None):
        names = dict(enumerate([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
        if whole is not None:
            names = dict(enumerate(whole.column('bbox_idx').tolist()))
        all_idx = list(names)
        if isinstance(indices, int):
            chosen = all_idx[:indices] if indices > 0 else all_idx[indices:]
        else:
            chosen = indices
        assert dataset.column('bbox_idx').tolist() == [
            names[idx] for idx in chosen
        ]
        assert dataset.column('bbox_idx').tolist() == [
            row['bbox_idx'] for row in samples(dataset)
        ]
        assert dataset.get_gt_labels().tolist() == [
            row['gt_label'] for row in samples(dataset)
        ]
        # The labels are still those of the whole.
        assert dataset.num_identities == 7

    def test_survives_pickling(self, tree):
        # As a data loader's workers receive it where they are spawned.
        dataset = pickle.loads(pickle.dumps(SoccerNetReID(str(tree))))
        assert dataset.column('gt_label').tolist()[:3] == [1, 1, 0]


class TestFiles:

    @pytest.mark.parametrize('split, key', [
        ('train', 'train'), ('valid', 'valid/gallery'),
        ('test', 'test/query')])
    def test_missing_image(self, tree, split, key):
        path = tree.paths(key)[0]
        path.unlink()
        if split == 'test':  # the folder of the action is still there
            path.with_name('keep.txt').write_text('')
        message = message_of(FileNotFoundError, str(tree), split)
        assert '1 of the' in message and str(path) in message
        assert 'bbox_info.json' in message
        assert len(SoccerNetReID(str(tree), split, check_files=False))

    @pytest.mark.parametrize('annotated', [True, False])
    def test_a_pipe_is_no_image(self, tree, annotated):
        if not annotated:
            tree.drop_annotations()
        path = tree.paths('train')[0]
        path.unlink()
        os.mkfifo(path)
        assert str(path) in message_of(FileNotFoundError, str(tree))

    def test_missing_folders(self, tree):
        for path in tree.paths('train')[:4]:
            path.unlink()
        for path in {path.parent for path in tree.paths('train')[:4]}:
            path.rmdir()
        message = message_of(FileNotFoundError, str(tree))
        assert '4 of the 10' in message

    @pytest.mark.parametrize('subset, count', [('query', 2), ('gallery', 4)])
    def test_missing_query_or_gallery(self, tree, subset, count):
        (tree / 'valid' / subset).rename(tree / 'away')
        message = message_of(FileNotFoundError, str(tree), 'valid')
        assert f'{count} of the 6' in message
        assert str(tree / 'valid' / subset) in message

    def test_gaps_pass_without_the_check(self, tree):
        tree.drop_annotations()
        tree.paths('train')[4].unlink()
        assert 'bbox_idx 0' in message_of(ValueError, str(tree))
        assert len(SoccerNetReID(str(tree), check_files=False)) == 9

    def test_each_folder_is_listed_once(self, tree, monkeypatch):
        listed = []
        scandir = os.scandir

        def counting(path):
            listed.append(path)
            return scandir(path)

        monkeypatch.setattr(checks.os, 'scandir', counting)
        SoccerNetReID(str(tree))
        assert len(listed) == len(set(listed)) == 4

    def test_unlisted_images_are_mentioned_once(self, tree, caplog):
        folder = tree.paths('train')[0].parent
        for name in ('99-2-1-1-Staff_members-A-0r0_00-9x9.png', 'x.png',
                     '.hidden.png', 'notes.txt'):
            (folder / name).write_bytes(b'')
        logger = MMLogger.get_current_instance()
        logger.addHandler(caplog.handler)
        try:
            dataset = SoccerNetReID(str(tree))
        finally:
            logger.removeHandler(caplog.handler)
        assert len(dataset) == 10
        said = [
            record.getMessage() for record in caplog.records
            if record.levelno == logging.WARNING
        ]
        assert len(said) == 1
        assert '2 images' in said[0] and '99-2-1-1' in said[0]
        assert 'train_bbox_info.json' in said[0]

    def test_filters_do_not_make_images_unlisted(self, tree, caplog):
        logger = MMLogger.get_current_instance()
        logger.addHandler(caplog.handler)
        try:
            SoccerNetReID(str(tree), fraction=0.5, roles=['Main_referee'])
        finally:
            logger.removeHandler(caplog.handler)
        assert not caplog.records


class TestConfigs:

    def config(self, name, tree):
        cfg = Config.fromfile(os.path.join(CONFIGS, name))
        for loader in ('train', 'val', 'test'):
            cfg[f'{loader}_dataloader'].dataset.data_root = str(tree)
        return cfg

    def build(self, cfg, loader):
        with DefaultScope.overwrite_default_scope('mmpretrain'):
            return DATASETS.build(cfg[f'{loader}_dataloader'].dataset)

    @pytest.mark.parametrize('loader, split', [
        ('train', 'train'), ('val', 'valid'), ('test', 'test')])
    def test_splits_and_pipelines(self, tree, loader, split):
        cfg = self.config('soccernet_reid.py', tree)
        dataset = self.build(cfg, loader)
        assert dataset.split == split
        batch = default_collate([dataset[0], dataset[1]])
        assert batch['inputs'].shape == (2, 3, 256, 128)
        assert batch['inputs'].dtype == torch.uint8
        sample = batch['data_samples'][0]
        height, width = (
            dataset.get_data_info(0)[key] for key in ('height', 'width'))
        assert sample.ori_shape == (height, width)
        assert sample.img_shape == (256, 128)
        for key in ('img_path', 'bbox_idx', 'action_idx', 'person_uid',
                    'role', 'subset'):
            assert sample.get(key) == dataset.get_data_info(0)[key]
        if loader == 'train':
            assert sample.gt_label.tolist() == [1]

    def test_challenge_through_the_test_pipeline(self, tree):
        cfg = self.config('soccernet_reid.py', tree)
        cfg.test_dataloader.dataset.split = 'challenge'
        sample = self.build(cfg, 'test')[0]['data_samples']
        assert sample.person_uid is None and sample.role is None
        assert sample.subset == 'query' and sample.action_idx == 30

    @pytest.mark.parametrize('name, fraction', [
        ('soccernet_reid.py', 1.0), ('soccernet_reid_10pct.py', 0.1),
        ('soccernet_reid_2pct.py', 0.02)])
    def test_fractions(self, tree, name, fraction):
        cfg = self.config(name, tree)
        train = self.build(cfg, 'train')
        assert train.fraction == fraction
        assert len(self.build(cfg, 'val')) == 6
        assert len(self.build(cfg, 'test')) == 3

    def test_train_loader_runs(self, tree):
        from mmengine.runner import Runner
        cfg = self.config('soccernet_reid.py', tree)
        cfg.train_dataloader.update(
            num_workers=0, persistent_workers=False, batch_size=4,
            pin_memory=False)
        with DefaultScope.overwrite_default_scope('mmpretrain'), \
                warnings.catch_warnings():
            warnings.simplefilter('ignore')
            loader = Runner.build_dataloader(cfg.train_dataloader, seed=0)
            batches = list(loader)
        assert [len(batch['data_samples']) for batch in batches] == [4, 4]


class TestUnusualPlaces:
    """Where people keep data."""

    @pytest.mark.parametrize('annotated', [True, False])
    def test_names_in_unicode(self, tree, annotated):
        game = 'españa_laliga/2016-2017/Atlético – Peñarol 北京'
        data = tree.read(tree.train_json)
        old = data['0']['relative_path']
        new = f'{game}/0'
        for entry in data.values():
            if entry['relative_path'] == old:
                entry['relative_path'] = new
        (tree / 'train' / game).mkdir(parents=True)
        (tree / 'train' / old).rename(tree / 'train' / new)
        tree.write(tree.train_json, data)
        if not annotated:
            tree.drop_annotations()
        dataset = SoccerNetReID(
            str(tree), pipeline=[dict(type='snreid_mm.LoadCropFromFile')])
        assert len(dataset) == 10
        assert new in dataset[0]['img_path']

    @pytest.mark.parametrize('what', ['split', 'folder', 'files'])
    @pytest.mark.parametrize('annotated', [True, False])
    def test_symbolic_links(self, tree, tmp_path, what, annotated):
        if not annotated:
            tree.drop_annotations()
        moved = [tree / 'train']
        if what != 'split':
            moved = tree.paths('train')
        if what == 'folder':
            moved = list({path.parent for path in moved})
        for i, path in enumerate(moved):
            target = tmp_path / f'elsewhere-{i}'
            path.rename(target)
            path.symlink_to(target)
        dataset = SoccerNetReID(
            str(tree), pipeline=[dict(type='snreid_mm.LoadCropFromFile')])
        assert len([each['img'] for each in dataset]) == 10

    def test_a_root_that_is_read_only(self, tree):
        # An administrator may write all the same, so compare as well.
        folders = [tree.root, *tree.root.glob('**/')]
        before = sorted(tree.root.rglob('*'))
        for folder in folders:
            folder.chmod(0o555)
        try:
            for split in SPLITS:
                dataset = SoccerNetReID(
                    str(tree),
                    split,
                    pipeline=[dict(type='snreid_mm.LoadCropFromFile')])
                assert all('img' in dataset[i] for i in range(len(dataset)))
        finally:
            for folder in folders:
                folder.chmod(0o755)
        assert sorted(tree.root.rglob('*')) == before
