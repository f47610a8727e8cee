import os
import shutil
import stat
import sys
import types
import zipfile
from collections import namedtuple

import pytest

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.soccernet import download, unpack
from snreid_mm.soccernet.download import prepare_dataset

SPLITS = ['train', 'valid', 'test', 'challenge']


def pack(folder, path, skip=()):
    """Zip a split's folder as SoccerNet does, under its own name."""
    with zipfile.ZipFile(path, 'w') as file:
        for inner in sorted(folder.rglob('*')):
            if inner.name not in skip:
                file.write(inner, inner.relative_to(folder.parent))


@pytest.fixture
def zips(tree, tmp_path):
    """A folder with the four zips."""
    folder = tmp_path / 'zips'
    folder.mkdir()
    for split in SPLITS:
        pack(tree / split, folder / f'{split}.zip')
    return folder


class Hub:
    """Stands for SoccerNet's downloader, and counts what it is asked for."""

    def __init__(self, zips):
        self.zips = zips
        self.calls = []
        self.fail = None

    def __call__(self, LocalDirectory):
        self.root = LocalDirectory
        return self

    def downloadDataTask(self, task, split, **options):
        self.calls.append((task, *split, options))
        if self.fail is not None:
            raise self.fail
        os.makedirs(os.path.join(self.root, task), exist_ok=True)
        for name in split:
            target = os.path.join(self.root, task, f'{name}.zip')
            # As the real one, it takes a file that is there for the right
            # one.
            if not os.path.exists(target) and self.zips is not None:
                shutil.copy(self.zips / f'{name}.zip', target)


@pytest.fixture
def hub(zips, monkeypatch):
    hub = Hub(zips)
    module = types.ModuleType('SoccerNet.Downloader')
    module.SoccerNetDownloader = hub
    monkeypatch.setitem(sys.modules, 'SoccerNet.Downloader', module)
    # A disk may have less than the real data needs.
    monkeypatch.setattr(download, 'ZIP_SIZES', dict.fromkeys(SPLITS, 0))
    return hub


@pytest.fixture
def root(tmp_path):
    return tmp_path / 'data'


def error_of(error, *args, **kwargs):
    with pytest.raises(error) as caught:
        prepare_dataset(*args, **kwargs)
    return str(caught.value)


def everything(folder):
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob('*'))


def damage(path):
    """Change one byte of an image's content: only a checksum tells."""
    data = bytearray(path.read_bytes())
    data[data.index(b'IDAT') + 20] ^= 0xff
    path.write_bytes(bytes(data))


class TestFetch:

    def test_all_splits(self, hub, root, tree):
        data_root = prepare_dataset(str(root))
        assert data_root == str(root / 'reid')
        assert [call[:2] for call in hub.calls] == [
            ('reid', split) for split in SPLITS
        ]
        # The tree is what was packed, and nothing else: no zip, no rest.
        assert everything(root / 'reid') == everything(tree.root)
        for split in SPLITS:
            assert len(SoccerNetReID(data_root, split)) == len(
                SoccerNetReID(str(tree), split))

    def test_chosen_splits_and_kept_zips(self, hub, root):
        prepare_dataset(str(root), ['test', 'valid'], keep_zips=True)
        assert sorted(os.listdir(root / 'reid')) == [
            'test', 'test.zip', 'valid', 'valid.zip'
        ]

    def test_home(self, hub, tmp_path, monkeypatch):
        monkeypatch.setenv('HOME', str(tmp_path))
        prepare_dataset('~/data', ['test'])
        assert (tmp_path / 'data/reid/test').is_dir()

    def test_what_is_there_is_left_alone(self, hub, root, capsys):
        prepare_dataset(str(root), ['test'])
        hub.calls.clear()
        prepare_dataset(str(root), ['test'])
        assert not hub.calls
        assert 'there already' in capsys.readouterr().out

    def test_a_sound_zip_is_not_fetched_again(self, hub, root, zips):
        (root / 'reid').mkdir(parents=True)
        shutil.copy(zips / 'test.zip', root / 'reid/test.zip')
        prepare_dataset(str(root), ['test'])
        assert not hub.calls
        assert os.listdir(root / 'reid') == ['test']

    def test_half_a_zip_is_fetched_anew(self, hub, root, zips, capsys):
        (root / 'reid').mkdir(parents=True)
        data = (zips / 'test.zip').read_bytes()
        (root / 'reid/test.zip').write_bytes(data[:len(data) // 2])
        prepare_dataset(str(root), ['test'])
        assert len(hub.calls) == 1
        assert len(SoccerNetReID(str(root / 'reid'), 'test')) == 3
        out = capsys.readouterr().out
        assert 'not a whole zip' in out and 'fetched anew' in out

    def test_half_a_zip_arrives(self, hub, root, zips):
        whole = (zips / 'test.zip').read_bytes()
        (zips / 'test.zip').write_bytes(whole[:-30])
        message = error_of(ValueError, str(root), ['test'])
        assert str(root / 'reid/test.zip') in message
        assert 'deleted' in message and 'run the same command' in message
        assert everything(root / 'reid') == []
        (zips / 'test.zip').write_bytes(whole)
        prepare_dataset(str(root), ['test'])
        assert os.listdir(root / 'reid') == ['test']

    def test_a_damaged_zip_arrives(self, hub, root, zips):
        damage(zips / 'valid.zip')
        message = error_of(ValueError, str(root), ['valid'])
        assert 'CRC' in message and '.png' in message
        assert 'deleted' in message
        assert everything(root / 'reid') == []

    def test_options_are_passed_only_if_given(self, hub, root):
        prepare_dataset(str(root), ['test'])
        prepare_dataset(
            str(root), ['valid'], source='EXRCSDrive', password='secret')
        assert [call[2] for call in hub.calls] == [
            {}, dict(source='EXRCSDrive', password='secret')
        ]

    def test_unknown_split(self, hub, root):
        assert "'val'" in error_of(ValueError, str(root), ['test', 'val'])
        assert not hub.calls and not root.exists()

    @pytest.mark.parametrize('fail', [
        OSError('Name or service not known\nand more'), RuntimeError(), None])
    def test_no_network(self, hub, root, fail):
        # None: offline, the hub's client gives no error and no file.
        hub.fail, hub.zips = fail, None
        message = error_of(ConnectionError, str(root), ['test'])
        assert 'test.zip could not be fetched' in message
        assert download.HUB_PAGE in message and '--from-zips' in message
        assert str(root / 'reid') in message
        assert '\n' not in message
        if isinstance(fail, OSError):
            assert 'Name or service not known' in message

    def test_ctrl_c_is_no_network_error(self, hub, root):
        hub.fail = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            prepare_dataset(str(root), ['test'])

    def test_the_disk_is_too_small_for_the_zip(self, hub, root, monkeypatch):
        monkeypatch.setattr(download, 'ZIP_SIZES', dict(test=10**18))
        message = error_of(OSError, str(root), ['test'])
        assert 'GB are needed' in message and str(root) in message
        assert not hub.calls

    def test_through_the_real_downloader(self, root, zips, monkeypatch):
        """SoccerNet's own class, with only the hub's client replaced."""
        module = pytest.importorskip('SoccerNet.Downloader')
        monkeypatch.setattr(download, 'ZIP_SIZES', dict(test=0))
        asked = []

        def snapshot(repo_id, local_dir, allow_patterns, **kwargs):
            asked.append((repo_id, allow_patterns))
            os.makedirs(local_dir, exist_ok=True)
            for name in allow_patterns:
                shutil.copy(zips / name, local_dir)

        monkeypatch.setattr(module, 'snapshot_download', snapshot)
        prepare_dataset(str(root), ['test'])
        assert [patterns for _, patterns in asked] == [['test.zip']]
        assert download.HUB_PAGE.endswith(asked[0][0])
        assert os.listdir(root / 'reid') == ['test']


class TestThere:

    def test_half_a_split_is_refused_and_kept(self, hub, root, tree):
        shutil.copytree(tree.root, root / 'reid')
        tree_path = next((root / 'reid/test/gallery').rglob('*.png'))
        tree_path.unlink()
        before = everything(root)
        message = error_of(FileExistsError, str(root), ['test'])
        assert str(root / 'reid/test') in message
        assert 'not a whole split' in message and tree_path.name in message
        assert everything(root) == before and not hub.calls

    def test_an_empty_folder_is_no_split(self, hub, root):
        (root / 'reid/test').mkdir(parents=True)
        prepare_dataset(str(root), ['test'])
        assert len(SoccerNetReID(str(root / 'reid'), 'test')) == 3


class TestFromZips:

    def test_no_network_is_used(self, hub, root, zips):
        before = everything(zips)
        prepare_dataset(str(root), from_zips=str(zips))
        assert not hub.calls
        assert everything(zips) == before
        assert sorted(os.listdir(root / 'reid')) == sorted(SPLITS)

    def test_a_missing_zip(self, hub, root, zips):
        (zips / 'valid.zip').unlink()
        message = error_of(
            FileNotFoundError, str(root), ['valid'], from_zips=str(zips))
        assert str(zips / 'valid.zip') in message

    @pytest.mark.parametrize('harm', ['cut', 'damaged', 'text'])
    def test_a_broken_zip_is_kept(self, hub, root, zips, harm):
        path = zips / 'test.zip'
        if harm == 'cut':
            path.write_bytes(path.read_bytes()[:-200])
        elif harm == 'damaged':
            damage(path)
        else:
            path.write_text('<html>not found</html>')
        message = error_of(
            ValueError, str(root), ['test'], from_zips=str(zips))
        assert str(path) in message and 'fetch it again' in message
        assert path.exists()
        assert not root.exists() or everything(root) == ['reid']


class TestUnpack:

    def refused(self, path, root, split='test', error=ValueError):
        with pytest.raises(error) as caught:
            unpack.unpack_split(str(path), str(root / 'reid'), split)
        assert not (root / 'reid' / split).exists()
        assert not root.exists() or everything(root) in ([], ['reid'])
        return str(caught.value)

    @pytest.mark.parametrize('name, reason', [
        ('../evil.png', 'climbs out'),
        ('test/../../evil.png', 'climbs out'),
        ('test/..\\..\\evil.png', 'climbs out'),
        ('/evil.png', 'absolute'),
        ('\\evil.png', 'absolute'),
        ('C:/evil.png', 'absolute'),
        ('c:\\evil.png', 'absolute'),
        ('train/evil.png', "not in the folder 'test'"),
        ('evil.png', "not in the folder 'test'"),
    ])
    def test_unsafe_entries(self, zips, root, name, reason):
        with zipfile.ZipFile(zips / 'test.zip', 'a') as file:
            info = zipfile.ZipInfo('x')
            info.filename = name  # the constructor would mend some
            file.writestr(info, b'x')
        message = self.refused(zips / 'test.zip', root)
        assert reason in message and repr(name) in message
        assert 'nothing was unpacked' in message
        assert not list(root.parent.rglob('evil.png'))

    def test_bombs(self, zips, root, monkeypatch):
        with zipfile.ZipFile(
                zips / 'test.zip', 'a', zipfile.ZIP_DEFLATED) as file:
            file.writestr('test/bomb.png', bytes(10**7))
        monkeypatch.setattr(unpack, '_HARMLESS', 10**6)
        message = self.refused(zips / 'test.zip', root)
        assert 'would unpack to 10.0 MB, more than 20 times' in message

    def test_links(self, zips, root):
        with zipfile.ZipFile(zips / 'test.zip', 'a') as file:
            info = zipfile.ZipInfo('test/link.png')
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            file.writestr(info, '/etc/passwd')
        assert 'is a link' in self.refused(zips / 'test.zip', root)

    @pytest.mark.filterwarnings('ignore:Duplicate name')
    def test_one_file_twice(self, zips, root):
        with zipfile.ZipFile(zips / 'test.zip', 'a') as file:
            file.writestr('test/bbox_info.json', '{}')
        assert 'twice' in self.refused(zips / 'test.zip', root)

    def test_an_empty_zip(self, zips, root):
        with zipfile.ZipFile(zips / 'test.zip', 'w'):
            pass
        message = self.refused(zips / 'test.zip', root)
        assert 'does not hold the whole' in message

    def test_what_macos_adds_is_passed_over(self, zips, root, tree):
        with zipfile.ZipFile(zips / 'test.zip', 'a') as file:
            file.writestr('__MACOSX/test/._x.png', b'x')
            file.writestr('test/.DS_Store', b'x')
            file.writestr('test/query/._0.png', b'x')
        unpack.unpack_split(str(zips / 'test.zip'), str(root), 'test')
        assert everything(root / 'test') == everything(tree / 'test')

    def test_a_zip_that_lacks_an_image(self, tree, zips, root):
        path = tree.paths('test/gallery')[0]
        pack(tree / 'test', zips / 'test.zip', skip=[path.name])
        message = self.refused(zips / 'test.zip', root)
        assert 'the whole of test' in message and path.name in message
        assert 'unpacking' not in message  # no name of a folder that is gone

    def test_the_disk_is_too_small(self, zips, root, monkeypatch):
        usage = namedtuple('usage', 'total used free')
        monkeypatch.setattr(unpack.shutil, 'disk_usage',
                            lambda path: usage(10, 9, 1))
        message = self.refused(zips / 'test.zip', root, error=OSError)
        assert 'GB are needed' in message and str(zips) in message

    def test_an_interrupted_run_is_cleaned_up(self, zips, root):
        left = root / 'reid/.test.unpacking/test/query'
        left.mkdir(parents=True)
        (left / 'half.png').write_bytes(b'')
        count = unpack.unpack_split(
            str(zips / 'test.zip'), str(root / 'reid'), 'test')
        assert count == 3
        assert os.listdir(root / 'reid') == ['test']
        assert not list(root.rglob('half.png'))

    @pytest.mark.parametrize('interrupt', [KeyboardInterrupt, OSError])
    def test_nothing_is_left_of_an_interruption(self, zips, root, monkeypatch,
                                                interrupt):
        copy = shutil.copyfileobj
        done = []

        def stops(source, target, *args):
            copy(source, target, *args)
            done.append(target)
            if len(done) == 2:
                raise interrupt

        monkeypatch.setattr(unpack.shutil, 'copyfileobj', stops)
        self.refused(zips / 'test.zip', root, error=interrupt)
        assert len(done) == 2
