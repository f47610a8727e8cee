"""Bilinear pooling of two maps, in full and as a sketch, without FFT.

N: batch, C: channels, C1 and C2: channels of the two maps, L: positions of
the grid, D: buckets of the sketch.

The Tensor Sketch of a pair of vectors (x, y) is a count sketch of their
outer product: the pair of channels (i, j) is added to the bucket
``(h1[i] + h2[j]) mod D`` with the sign ``s1[i] * s2[j]``. It is linear in the
outer product, so its sum over the positions is the sketch of the sum: of the
pooled Gram matrix of the two maps, one matrix product. What the usual form
does at each position, three Fourier transforms, is not needed at all.
"""

from typing import Optional, Tuple

import numpy as np
import torch
import torch.nn.functional as F

from .precision import autocast_off, full_precision

Sketch = Tuple[torch.Tensor, torch.Tensor]


def draw_count_sketch(channels: int, buckets: int,
                      generator: torch.Generator) -> Sketch:
    """Draw the hashes and signs of a count sketch.

    Args:
        channels (int): C, how many channels are sketched.
        buckets (int): D, how many buckets there are.
        generator (torch.Generator): A generator of the CPU, so that the draw
            is the same on every machine.

    Returns:
        tuple[Tensor, Tensor]: The bucket of each channel, int64 of 0 to
        D - 1, and its sign, int8 of -1 and 1, each of shape (C, ).
    """
    # Signs are integers, so no change of the model's precision touches them.
    hashes = torch.randint(
        buckets, (channels, ), generator=generator, device='cpu')
    signs = torch.randint(2, (channels, ), generator=generator, device='cpu')
    return hashes, (2 * signs - 1).to(torch.int8)


def snreid_sketches(channels: Tuple[int, int],
                    buckets: int) -> Tuple[Sketch, Sketch]:
    """Repeat the hashes and signs of SoccerNet's sn-reid two-stream model.

    It draws them from NumPy's legacy generator, which is seeded anew before
    each draw, so they are the same in every run of it.

    Args:
        channels (tuple[int]): C1 and C2, 128 each in that model.
        buckets (int): D, 512 in that model.

    Returns:
        tuple: The sketch of the appearance map and that of the part map, each
        as :func:`draw_count_sketch` gives it.
    """
    sketches = []
    for size, (hash_seed, sign_seed) in zip(channels, ((1, 3), (5, 7))):
        hashes = np.random.RandomState(hash_seed).randint(
            buckets, size=size, dtype=np.int64)
        signs = 2 * np.random.RandomState(sign_seed).randint(
            2, size=size, dtype=np.int64) - 1
        sketches.append((torch.from_numpy(hashes),
                         torch.from_numpy(signs).to(torch.int8)))
    return tuple(sketches)


def pooled_gram(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Sum the outer products of two maps over the positions.

    Half precision is brought to float32 first, also under autocast: a sum
    over a grid would lose its small terms.

    Args:
        x (Tensor): Shape (N, C1, L).
        y (Tensor): Shape (N, C2, L).

    Returns:
        Tensor: Shape (N, C1, C2), float32, or float64 if a map is that.
    """
    x, y = full_precision(x), full_precision(y)
    dtype = torch.promote_types(x.dtype, y.dtype)
    with autocast_off(x.device):
        return torch.bmm(x.to(dtype), y.to(dtype).transpose(1, 2))


def count_sketch(x: torch.Tensor, sketch: Sketch,
                 buckets: int) -> torch.Tensor:
    """Sketch the channels of a map.

    Args:
        x (Tensor): Shape (N, C, L).
        sketch (tuple[Tensor, Tensor]): Hashes and signs of the channels.
        buckets (int): D.

    Returns:
        Tensor: Shape (N, D, L).
    """
    # Negative channels have buckets of their own, subtracted afterwards:
    # cheaper than a signed copy of the map, forwards and backwards.
    index = _signed_hashes(sketch, buckets)
    sums = _add_up(x, index, 2 * buckets)
    plus, minus = sums.view(-1, 2, buckets, x.shape[2]).unbind(1)
    return plus - minus


def sketch_gram(gram: torch.Tensor, sketch_1: Sketch, sketch_2: Sketch,
                buckets: int) -> torch.Tensor:
    """Add the entries of Gram matrices into the buckets of a Tensor Sketch.

    Args:
        gram (Tensor): Shape (N, C1, C2).
        sketch_1 (tuple[Tensor, Tensor]): Hashes and signs of the rows.
        sketch_2 (tuple[Tensor, Tensor]): Those of the columns.
        buckets (int): D.

    Returns:
        Tensor: Shape (N, D).
    """
    # A sum of two hashes stays below 2D, so 2D buckets need no modulo; and
    # pairs of 0, 1 and 2 negative signs have 2D buckets each, so no entry is
    # multiplied. Both are made good on the few sums, not the many entries.
    rows = _signed_hashes(sketch_1, 2 * buckets)
    columns = _signed_hashes(sketch_2, 2 * buckets)
    index = (rows[:, None] + columns).flatten()  # (C1 * C2, )
    sums = _add_up(gram.flatten(1), index, 6 * buckets)
    sums = sums.view(-1, 6, buckets).unbind(1)
    return sums[0] + sums[1] - sums[2] - sums[3] + sums[4] + sums[5]


def compact_bilinear(x: torch.Tensor,
                     y: torch.Tensor,
                     sketch_1: Sketch,
                     sketch_2: Sketch,
                     buckets: int,
                     sketch_first: Optional[bool] = None) -> torch.Tensor:
    """Sketch the bilinear pooling of two maps.

    The same as the sum over the positions of the Tensor Sketches
    (`Fast and Scalable Polynomial Kernels via Explicit Feature Maps
    <https://doi.org/10.1145/2487575.2487591>`_, `Compact Bilinear Pooling
    <https://arxiv.org/abs/1511.06062>`_) of the two vectors at each
    position, but for rounding.

    Args:
        x (Tensor): Shape (N, C1, L).
        y (Tensor): Shape (N, C2, L).
        sketch_1 (tuple[Tensor, Tensor]): Hashes and signs of x's channels.
        sketch_2 (tuple[Tensor, Tensor]): Those of y's channels.
        buckets (int): D.
        sketch_first (bool, optional): Whether to sketch the map of more
            channels first and multiply then, which gives the same. None
            takes what is faster for the shapes. Defaults to None.

    Returns:
        Tensor: Shape (N, D), float32, or float64 if a map is that.
    """
    if torch.onnx.is_in_onnx_export():
        return _by_products(x, y, sketch_1, sketch_2, buckets)
    if x.shape[1] < y.shape[1]:  # It is symmetric; x is to have more.
        x, y, sketch_1, sketch_2 = y, x, sketch_2, sketch_1
    if sketch_first is None:
        sketch_first = sketching_first_pays(x.shape[1], y.shape[1], buckets)
    if sketch_first:
        x = count_sketch(full_precision(x), sketch_1, buckets)
        # Now the row of a bucket is a channel whose hash is that bucket, so
        # what is left are circular shifts of the Gram's columns.
        hashes = torch.arange(buckets, device=x.device)
        sketch_1 = (hashes, torch.ones_like(hashes))
    return sketch_gram(pooled_gram(x, y), sketch_1, sketch_2, buckets)


def sketching_first_pays(channels_1: int, channels_2: int,
                         buckets: int) -> bool:
    """Decide whether :func:`compact_bilinear` is faster if it sketches the map
    of ``channels_1``, which has more, before the product."""
    # It leaves out (C1 - D) * C2 products at each position, and moves C1
    # numbers into buckets for that. Measured on CPUs over maps of 8 x 4 to
    # 16 x 8, moving a number costs what about 64 products cost.
    return (channels_1 - buckets) * channels_2 > 64 * channels_1


def _signed_hashes(sketch: Sketch, step: int) -> torch.Tensor:
    """Shift the channels of negative sign ``step`` buckets further on."""
    hashes, signs = sketch
    return torch.add(hashes, signs < 0, alpha=step)


def _add_up(values: torch.Tensor, index: torch.Tensor,
            size: int) -> torch.Tensor:
    """Add (N, K, ...) into (N, size, ...), entry k of dim 1 at index[k]."""
    sums = values.new_zeros(values.shape[0], size, *values.shape[2:])
    if values.ndim > 2:
        # Rows are added as a whole, which is several times faster, forwards
        # and backwards.
        return sums.index_add_(1, index, values)
    return sums.scatter_add_(1, index.expand_as(values), values)


def _by_products(x: torch.Tensor, y: torch.Tensor, sketch_1: Sketch,
                 sketch_2: Sketch, buckets: int) -> torch.Tensor:
    """Compute :func:`compact_bilinear` without adding into buckets.

    It is slower and is there for ONNX: below opset 16 PyTorch's tracing
    exporter silently writes a scatter that keeps one value of each bucket.
    """
    grams = []
    for values, (hashes, signs) in ((x, sketch_1), (y, sketch_2)):
        values = full_precision(values)
        rows = F.one_hot(hashes, buckets) * signs[:, None]  # (C, D)
        with autocast_off(values.device):
            grams.append(rows.t().to(values.dtype) @ values)  # (N, D, L)
    gram = pooled_gram(*grams)  # (N, D, D)
    # Row i moves i to the right, in a grid one column narrower than 2D: then
    # the entries of a column are those whose hashes have the same sum.
    grid = F.pad(gram, (0, buckets)).flatten(1)[:, :-buckets]
    sums = grid.reshape(-1, buckets, 2 * buckets - 1).sum(1)
    return F.pad(sums, (0, 1)).reshape(-1, 2, buckets).sum(1)
