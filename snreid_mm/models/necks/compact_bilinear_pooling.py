from typing import Optional, Tuple

import torch

from snreid_mm.registry import MODELS
from ..functional import (compact_bilinear, draw_count_sketch, signed_sqrt,
                          snreid_sketches)
from .fusion_neck import FusionNeck


@MODELS.register_module()
class CompactBilinearPooling(FusionNeck):
    """Join appearance and parts by compact bilinear pooling.

    The embedding is a sketch of the full bilinear pooling: inner products of
    two sketches are, in expectation over the hashes, those of the full ones
    (`Compact Bilinear Pooling <https://arxiv.org/abs/1511.06062>`_, Tensor
    Sketch). It is computed from the pooled Gram matrix of the two maps,
    which gives the numbers of the paper's Fourier form without any Fourier
    transform; see :mod:`snreid_mm.models.functional`.

    Hashes and signs are drawn from ``seed`` and saved in the checkpoint. A
    checkpoint brings its own: they go with the weights.

    On a GPU the sums are added in an order that varies, as everywhere in
    PyTorch; MMEngine's ``randomness=dict(deterministic=True)`` fixes it. For
    ONNX an opset of 16 or more is needed.

    Args:
        in_channels (tuple[int]): Channels of the appearance map and of the
            part map, as they come in.
        out_channels (int): The number of buckets, which is the length of the
            embedding. Defaults to 512.
        seed (int): The seed of hashes and signs. It gives the same ones on
            every machine. Defaults to 0.
        hashes (str, optional): ``'snreid'`` takes hashes and signs that are
            published, those of the two-stream model of SoccerNet's sn-reid,
            and leaves ``seed`` unused. None draws them. Defaults to None.
        signed_sqrt (bool): Whether to take the root of each entry's size and
            keep its sign, before the normalization. Defaults to False.
        sketch_first (bool, optional): Whether to sketch the map of more
            channels before the matrix product and not after it. Both give
            the same numbers. None takes the faster way for the shapes.
            Defaults to None.
        **kwargs: The other arguments of :class:`FusionNeck`.

    Raises:
        ValueError: If no hashes of that name are known; on loading, if the
            checkpoint's sketch has another number of buckets.

    Example:
        >>> neck = CompactBilinearPooling(
        ...     in_channels=(2048, 128),
        ...     appearance_proj=dict(out_channels=128, kernel_size=7))
        >>> maps = (torch.rand(2, 2048, 16, 8), torch.rand(2, 128, 16, 8))
        >>> neck(maps)[-1].shape
        torch.Size([2, 512])
    """

    def __init__(
        self,
        in_channels: Tuple[int, int],
        out_channels: int = 512,
        *,
        seed: int = 0,
        hashes: Optional[str] = None,
        signed_sqrt: bool = False,
        sketch_first: Optional[bool] = None,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, **kwargs)
        self.out_channels = out_channels
        self.signed_sqrt = signed_sqrt
        self.sketch_first = sketch_first

        if hashes not in (None, 'snreid'):
            raise ValueError(f'hashes of {self._name} must be \'snreid\' or '
                             f'None, but it is {hashes!r}.')
        if hashes == 'snreid':
            sketches = snreid_sketches(self.map_channels, out_channels)
        else:
            generator = torch.Generator('cpu').manual_seed(seed)
            sketches = [
                draw_count_sketch(channels, out_channels, generator)
                for channels in self.map_channels
            ]
        for name, sketch in zip(('appearance', 'part'), sketches):
            self.register_buffer(f'{name}_hash', sketch[0])
            self.register_buffer(f'{name}_sign', sketch[1])
        # The hashes do not tell what they were drawn for.
        self.register_buffer('num_buckets', torch.tensor(out_channels))

    def fuse(self, appearance: torch.Tensor,
             parts: torch.Tensor) -> torch.Tensor:
        """Sketch the sum of the outer products, to shape (N, D)."""
        sketch = compact_bilinear(
            appearance.flatten(2), parts.flatten(2),
            (self.appearance_hash, self.appearance_sign),
            (self.part_hash, self.part_sign), self.out_channels,
            self.sketch_first)
        return signed_sqrt(sketch) if self.signed_sqrt else sketch

    def _load_from_state_dict(self, state_dict, prefix, *args,
                              **kwargs) -> None:
        # Hashes of another sketch have the same shape and would be loaded.
        saved = state_dict.get(f'{prefix}num_buckets')
        if saved is not None and int(saved) != self.out_channels:
            raise ValueError(
                f'The checkpoint\'s sketch has {int(saved)} buckets, but '
                f'out_channels of {self._name} is {self.out_channels}: write '
                f'out_channels={int(saved)}, or train a new model.')
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
