import numpy as np

from snreid_mm.evaluation.functional import tie_break_hash


def _splitmix64(state):
    """One step of the generator, on Python's integers."""
    mask = 2**64 - 1
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & mask
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & mask
    return state ^ (state >> 31)


def test_it_is_splitmix64():
    # The generator's first output for the seed 0, a published number.
    gamma = 0x9E3779B97F4A7C15
    assert _splitmix64(gamma) == 0xE220A8397B1DCDAF
    seed = _splitmix64(8 * gamma % 2**64)
    expected = _splitmix64((seed + 4 * gamma) % 2**64)
    assert tie_break_hash(7, 3).item() == expected


def test_it_is_the_same_alone_and_in_a_batch():
    query, gallery = np.array([[5], [9]]), np.array([0, 7, 10**12])
    batch = tie_break_hash(query, gallery)
    assert batch.shape == (2, 3) and batch.dtype == np.uint64
    for i in range(2):
        for j in range(3):
            assert batch[i, j] == tie_break_hash(query[i], gallery[j])[0]


def test_no_position_is_favoured():
    numbers = tie_break_hash(np.arange(3000)[:, None], np.arange(10))
    first = np.bincount(numbers.argmin(axis=1), minlength=10)
    # 300 expected each, with a standard deviation of 16.
    assert np.abs(first - 300).max() < 70
    # Nor is the order of one query that of the next.
    order = numbers.argsort(axis=1)
    assert (order[1:] == order[:-1]).mean() < 0.12
