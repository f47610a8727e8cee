import pytest

from snreid_mm.utils.files import write_atomically


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
