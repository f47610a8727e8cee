"""A fixed order for gallery crops at exactly the same distance."""

import numpy as np

# The increment and the two multipliers of SplitMix64.
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _mix(state: np.ndarray) -> np.ndarray:
    # Unsigned array arithmetic wraps around, as SplitMix64 wants it.
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))


def tie_break_hash(query_bbox: np.ndarray,
                   gallery_bbox: np.ndarray) -> np.ndarray:
    """Compute a number for each pair of a query and a gallery crop.

    The number depends on the two ``bbox_idx`` alone, so an order by it is
    the same whatever order the crops come in and however many processes
    computed them, and it carries nothing about who is in the picture: an
    embedding that is the same for every crop scores what chance scores. Each
    query's numbers are one stream of SplitMix64 (Steele et al., "Fast
    splittable pseudorandom number generators", OOPSLA 2014), its seed mixed
    from the query and its counter the gallery crop, so no two numbers of a
    query are equal.

    Args:
        query_bbox (np.ndarray): ``bbox_idx`` of the queries, integers of a
            shape that broadcasts with ``gallery_bbox``.
        gallery_bbox (np.ndarray): ``bbox_idx`` of the gallery crops.

    Returns:
        np.ndarray: uint64 numbers of the broadcast shape.
    """
    query = np.atleast_1d(np.asarray(query_bbox)).astype(np.uint64)
    gallery = np.atleast_1d(np.asarray(gallery_bbox)).astype(np.uint64)
    one = np.uint64(1)
    return _mix(_mix((query + one) * _GAMMA) + (gallery + one) * _GAMMA)
