import numpy as np
import pytest

from snreid_mm.evaluation.embedding_file import read_embeddings
from snreid_mm.structures import Crops

QUERY = Crops(np.array([5, 2]), np.array([0, 0]), kind='query')
GALLERY = Crops(np.array([0, 7, 3]), np.array([0, 0, 0]), kind='gallery crop')
ARRAYS = dict(
    query_embeddings=np.array([[2., 2], [5, 5]]),
    query_bbox_idx=np.array([2, 5]),
    gallery_embeddings=np.array([[3., 3], [7, 7], [0, 0]]),
    gallery_bbox_idx=np.array([3, 7, 0]))


def test_they_come_in_the_order_of_the_crops(tmp_path):
    np.savez(tmp_path / 'e.npz', **ARRAYS, more=np.ones(1))
    query, gallery = read_embeddings(tmp_path / 'e.npz', QUERY, GALLERY)
    assert query.tolist() == [[5, 5], [2, 2]]
    assert gallery.tolist() == [[0, 0], [7, 7], [3, 3]]


@pytest.mark.parametrize('change, text', [
    (dict(query_embeddings=np.ones(2)), 'query_embeddings.*2 dimensions, but '
     r'holds float64 of shape \(2,\)'),
    (dict(gallery_bbox_idx=np.ones(3)), 'gallery_bbox_idx, an array of int'),
    (dict(query_bbox_idx=np.array([2, 6])), 'not the 2 of the split'),
    (dict(gallery_bbox_idx=np.array([3, 7, 7])), 'of 2 crops'),
    (dict(query_embeddings=np.ones((3, 2))), '3 query embeddings'),
    (dict(query_embeddings=np.array([[None]])), 'is no .npz file of arrays'),
])
def test_what_does_not_fit_is_named(tmp_path, change, text):
    np.savez(tmp_path / 'e.npz', **{**ARRAYS, **change})
    with pytest.raises(ValueError, match=f'e.npz .*{text}'):
        read_embeddings(tmp_path / 'e.npz', QUERY, GALLERY)


def test_a_missing_array_and_other_files_are_named(tmp_path):
    path = tmp_path / 'e.npz'
    np.savez(path, query_embeddings=np.ones((2, 2)))
    with pytest.raises(ValueError, match='query_bbox_idx.*holds nothing'):
        read_embeddings(path, QUERY, GALLERY)
    for data in (b'', b'text', path.read_bytes()[:90]):
        path.write_bytes(data)
        with pytest.raises(ValueError, match='is no .npz file of arrays'):
            read_embeddings(path, QUERY, GALLERY)
    with path.open('wb') as file:
        np.save(file, np.ones(3))  # one array, without a name
    with pytest.raises(ValueError, match='is no .npz file of arrays'):
        read_embeddings(path, QUERY, GALLERY)
    with pytest.raises(FileNotFoundError):
        read_embeddings(tmp_path / 'none.npz', QUERY, GALLERY)
