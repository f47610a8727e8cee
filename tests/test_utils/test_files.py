import os

import pytest

from snreid_mm.utils.files import whole_folder, write_atomically


def test_it_writes_text_and_bytes_and_makes_folders(tmp_path):
    path = tmp_path / 'a' / 'b.txt'
    write_atomically(path, 'é')
    assert path.read_bytes() == 'é'.encode()
    write_atomically(str(path), b'\0')
    assert path.read_bytes() == b'\0'
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / 'b.txt'
    path.write_text('old')

    def fail(*args):
        raise OSError('disk full')

    monkeypatch.setattr('os.replace', fail)
    with pytest.raises(OSError, match='disk full'):
        write_atomically(path, 'new')
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_the_place_of_another(tmp_path):
    path = tmp_path / 'above' / 'folder'
    for text in ('one', 'two'):
        with whole_folder(path) as making:
            (making / f'{text}.txt').write_text(text)
        assert [each.name for each in path.iterdir()] == [f'{text}.txt']
        assert list(path.parent.iterdir()) == [path]


def test_half_a_folder_leaves_what_was_there(tmp_path):
    path = tmp_path / 'folder'
    path.mkdir()
    (path / 'old.txt').write_text('old')
    with pytest.raises(KeyError), whole_folder(path) as making:
        (making / 'new.txt').write_text('new')
        raise KeyError
    assert (path / 'old.txt').read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_take_its_name_leaves_what_was_there(
        tmp_path, monkeypatch):
    path = tmp_path / 'folder'
    path.mkdir()
    (path / 'old.txt').write_text('old')
    rename = os.rename

    def fail(source, target):
        if source.name == 'making':
            raise OSError('stale file handle')
        rename(source, target)

    monkeypatch.setattr('os.rename', fail)
    with pytest.raises(OSError, match='stale'), whole_folder(path) as making:
        (making / 'new.txt').write_text('new')
    assert [each.name for each in path.iterdir()] == ['old.txt']
    assert list(tmp_path.iterdir()) == [path]
