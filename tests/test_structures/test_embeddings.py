import numpy as np
import pytest

from snreid_mm.structures import Embeddings


def test_columns():
    embeddings = Embeddings([[1, 2], [3, 4]], ['a', 'b'])
    assert len(embeddings) == 2 and embeddings.values.dtype == np.float32
    columns = embeddings.columns()
    assert columns['name'].tolist() == ['a', 'b']
    assert columns['embedding'].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize('values, text', [
    ([[1, 2]], r'of 2 crops must have shape \(2, D\), but have \(1, 2\)'),
    ([1, 2], r'but have \(2,\)'),
    ([[1, 2], [np.nan, 3]], 'NaN or Inf in 1 of 2 embeddings, first of b'),
    ([[1, 2], [1e39, 3]], 'first of b'),
])
def test_what_is_no_embedding(values, text):
    with np.errstate(over='ignore'), pytest.raises(ValueError, match=text):
        Embeddings(values, ['a', 'b'])
