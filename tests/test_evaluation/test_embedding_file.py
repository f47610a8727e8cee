import numpy as np
import pytest

from snreid_mm.evaluation.embedding_file import (SavedEmbeddings, join_records,
                                                 read_embeddings,
                                                 write_embeddings)
from snreid_mm.evaluation.functional.matching import FRAME_CUES
from snreid_mm.structures import Crops


@pytest.fixture
def saved():
    return SavedEmbeddings(
        'valid', Crops(np.array([5, 2]), np.array([0, 1]), kind='query'),
        Crops(
            np.array([0, 7, 3]), np.array([0, 1, 1]), kind='gallery crop'),
        np.array([[5, 5], [2, 2]], np.float32),
        np.array([[0, 0], [7, 7], [3, 3]], np.float32))


@pytest.fixture
def path(saved, tmp_path):
    write_embeddings(tmp_path / 'e.npz', saved)
    return tmp_path / 'e.npz'


def records(saved):
    """An index of the same crops, in another order."""
    return [
        dict(
            bbox_idx=bbox,
            action_idx=action,
            subset=subset,
            person_uid=10 * bbox) for subset in ('gallery', 'query')
        for bbox, action in sorted(
            zip(
                getattr(saved, subset).bbox_idx.tolist(),
                getattr(saved, subset).action_idx.tolist()))
    ]


def test_they_go_back_and_forth(saved, path):
    again = read_embeddings(path)
    assert again.split == 'valid'
    assert again.query_cues is again.gallery_cues is None
    for one, two in zip(again[3:5], saved[3:5]):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, two)
    for one, two in zip(again[1:3], saved[1:3]):
        assert one.kind == two.kind and one.person_uid is None
        np.testing.assert_array_equal(one.bbox_idx, two.bbox_idx)
        np.testing.assert_array_equal(one.action_idx, two.action_idx)


def with_cues(saved):
    return saved._replace(
        query_cues=np.arange(2. * len(FRAME_CUES)).reshape(2, -1),
        gallery_cues=np.arange(3. * len(FRAME_CUES)).reshape(3, -1))


def test_cues_go_back_and_forth(saved, path):
    saved = with_cues(saved)
    write_embeddings(path, saved)
    again = read_embeddings(path)
    np.testing.assert_array_equal(again.query_cues, saved.query_cues)
    np.testing.assert_array_equal(again.gallery_cues, saved.gallery_cues)


def test_other_cues_are_left_out(saved, path):
    write_embeddings(path, with_cues(saved))
    with np.load(path) as data:
        np.savez(path, **{**data, 'cues': ['hue', *FRAME_CUES[1:]]})
    again = read_embeddings(path)
    assert again.query_cues is again.gallery_cues is None
    np.testing.assert_array_equal(again[3], saved.query_embeddings)


def test_cues_that_do_not_fit_are_named(saved, path):
    saved = with_cues(saved)
    write_embeddings(path, saved._replace(gallery_cues=saved.query_cues))
    with pytest.raises(ValueError, match='3 gallery crop cues cannot be'):
        read_embeddings(path)


def test_labels_come_by_the_index(saved):
    joined = join_records(saved, records(saved))
    assert joined.query.person_uid.tolist() == [50, 20]
    assert joined.gallery.person_uid.tolist() == [0, 70, 30]
    with pytest.raises(ValueError, match='gallery list has 2 crops, .* 3, '):
        join_records(saved, records(saved)[1:])


@pytest.mark.parametrize('change, text', [
    (dict(query_embeddings=np.ones(2)), r'float64 of shape \(2,\)'),
    (dict(query_embeddings=np.ones((2, 2), int)), 'int64 of shape'),
    (dict(gallery_embeddings=np.ones((2, 2))), '3 gallery crop embeddings'),
    (dict(query_embeddings=np.array([[None]])), 'allow_pickle'),
    (dict(gallery_bbox_idx=None), 'gallery_bbox_idx'),
])
def test_arrays_that_do_not_fit_are_named(path, change, text):
    with np.load(path) as data:
        arrays = {**data, **change}
    np.savez(path,
             **{k: v
                for k, v in arrays.items() if v is not None})
    with pytest.raises(ValueError, match=f'e.npz holds no emb.*{text}.*save'):
        read_embeddings(path)


def test_other_files_are_named(path):
    for data in (b'', b'no zip', path.read_bytes()[:90]):
        path.write_bytes(data)
        with pytest.raises(ValueError, match='e.npz holds no emb.*save them'):
            read_embeddings(path)
    with path.open('wb') as file:
        np.save(file, np.ones(3))  # one array, without a name
    with pytest.raises(ValueError, match='holds no embeddings'):
        read_embeddings(path)
    with pytest.raises(FileNotFoundError, match='no file a.npz: .*save them'):
        read_embeddings('a.npz')
