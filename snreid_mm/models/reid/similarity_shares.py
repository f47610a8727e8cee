"""How much each position and each part adds to the likeness of two images.

After the maps, a model is nearly linear. A sum or a mean over the positions
is linear in each of them, and a bilinear pooling in each position's part
vector; a count sketch and a fully connected layer are linear, batch norm in
evaluation mode but for a constant. What is left multiplies: the signed root by
``|z|^(-1/2)``, a ReLU by 0 or 1, the scaling to unit length by one number.
With these factors kept as they are for the image, its embedding is a sum over
positions and part channels and a constant, and so is its inner product with
any other embedding.

The factors depend on the whole image, so a share says what a position adds to
this similarity, not what would happen without it.
"""

import copy
from functools import singledispatch
from typing import Callable, Dict, List, NamedTuple, Tuple

import torch
from mmpretrain.models.necks import (GeneralizedMeanPooling,
                                     GlobalAveragePooling, LinearNeck)
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..functional import signed_sqrt
from ..necks import (BilinearPooling, BNNeck, CompactBilinearPooling,
                     ConcatFusion, FlattenMap, MidLevelNeck)
from ..utils.probing import last

_WHICH = ('Average pooling, bilinear and compact bilinear pooling and '
          'concatenated vectors can be split, with linear layers, batch norm '
          'and ReLU behind them.')


class SimilarityShares(NamedTuple):
    """What an image's positions and parts add to a similarity, exactly.

    P: part channels, H, W: the grid of the maps.

    Args:
        parts (Tensor): The share of each part channel at each position,
            float64, shape (P, H, W). P is 0 for a model without a part
            stream.
        appearance (Tensor): What the appearance map adds by itself at each
            position, float64, shape (H, W); zero where the neck multiplies
            the two maps.
        constant (float): What comes from the layers' biases and not from any
            position.
    """

    parts: torch.Tensor
    appearance: torch.Tensor
    constant: float

    @property
    def positions(self) -> torch.Tensor:
        """Tensor: The share of each position, shape (H, W)."""
        return self.parts.sum(0) + self.appearance

    @property
    def total(self) -> float:
        """float: The similarity, the cosine of the two embeddings."""
        return float(self.positions.sum()) + self.constant


@torch.no_grad()
def split_similarity(model: nn.Module, first: torch.Tensor,
                     second: torch.Tensor
                     ) -> Tuple[SimilarityShares, SimilarityShares]:
    """Split the similarity of two images over the positions of each.

    It is the cosine of their embeddings, of the images as they are (without
    ``flip_test`` and ``test_scales``). It is split twice, over the first
    image and over the second.

    Args:
        model (nn.Module): A :class:`PlayerReID` in evaluation mode.
        first (Tensor): An image, normalized, shape (3, H, W).
        second (Tensor): Another.

    Returns:
        tuple[SimilarityShares, SimilarityShares]: The shares of the first
        image and those of the second; either sum up to the similarity.

    Raises:
        ValueError: If a part of the model makes no sum over the positions,
            which the message names; or if it is in training mode.
    """
    if model.training:
        raise ValueError('A model in training mode has no embedding of one '
                         'image: call model.eval() first.')
    if model.taps is not None and model.taps.are_joined:
        raise ValueError(
            'model.taps are joined to the embedding (join_weights), and their '
            'maps have grids of their own, so one similarity of positions '
            'cannot be told: set model.taps.join_weights=None to explain the '
            f'embedding alone. {_WHICH}')
    if model.neck is None:
        raise ValueError('model.neck is None, so there are no maps whose '
                         f'positions could be told apart. {_WHICH}')
    images = [_SplitImage(model, image[None]) for image in (first, second)]
    return (images[0].shares(images[1].embedding),
            images[1].shares(images[0].embedding))


class _Factors:
    """Factors that an image decides, kept for a second run on zeros."""

    def __init__(self) -> None:
        self._kept: List[torch.Tensor] = []
        self._again = None

    def repeat(self) -> None:
        """Give the kept factors from now on."""
        self._again = iter(self._kept)

    def times(self, x: torch.Tensor,
              factor_of: Callable[[torch.Tensor], torch.Tensor]):
        """Multiply by a factor that stays that of the first run."""
        if self._again is not None:
            return x * next(self._again)
        self._kept.append(factor_of(x.detach()))
        return x * self._kept[-1]


class _Pooling(NamedTuple):
    """What sums maps over their positions.

    Args:
        maps (dict[str, Tensor]): The maps that it is linear in, each
            (1, C, H, W). One may be called ``'parts'``.
        pool (Callable): Computes the vector (1, D) of such maps, which
            with fixed factors is linear in them but for a constant.
    """

    maps: Dict[str, torch.Tensor]
    pool: Callable[[Dict[str, torch.Tensor], _Factors], torch.Tensor]


class _SplitImage:
    """An image's embedding, and its maps, which the embedding is linear in."""

    def __init__(self, model: nn.Module, image: torch.Tensor) -> None:
        feats = model.extract_feat(image, stage='backbone')
        if model.with_part_extractor:
            parts = model.extract_feat(image, stage='part_extractor')
            feats = (last(feats), last(parts))
        feats = [
            (feat[..., None, None] if feat.ndim == 2 else feat).double()
            for feat in feats
        ]
        neck = copy.deepcopy(model.neck).double()
        first, *self.rest = neck if isinstance(neck,
                                               nn.Sequential) else [neck]
        self.maps, self.pool = _pooling(first, feats)
        grids = {tuple(each.shape[2:]) for each in self.maps.values()}
        if len(grids) > 1:
            raise ValueError(f'{type(first).__name__} joins maps of several '
                             'grids, so their positions cannot be told '
                             f'apart: {sorted(grids)}. {_WHICH}')
        self.factors = _Factors()
        self.embedding = self._embed(self.maps)
        self.factors.repeat()
        zeros = {k: torch.zeros_like(v) for k, v in self.maps.items()}
        self.offset = self._embed(zeros)

    def _embed(self, maps: Dict[str, torch.Tensor]) -> torch.Tensor:
        """Compute the embedding at unit length, (D, )."""
        x = self.pool(maps, self.factors)
        for part in self.rest:
            x = _layer(part, x, self.factors)
        return _unit(x, self.factors)[0]

    def shares(self, other: torch.Tensor) -> SimilarityShares:
        """Split the inner product with another embedding, (D, )."""
        with torch.enable_grad():
            maps = {
                name: each.detach().requires_grad_()
                for name, each in self.maps.items()
            }
            # Each run of kept factors needs its own beginning.
            self.factors.repeat()
            similarity = self._embed(maps) @ other
            slopes = torch.autograd.grad(similarity, list(maps.values()))
        # A linear function is its slope times its input.
        found = {
            name: (each.detach() * slope)[0]
            for (name, each), slope in zip(maps.items(), slopes)
        }  # (C, H, W)
        grid = next(iter(found.values())).shape[1:]
        parts = found.pop('parts', other.new_zeros(0, *grid))
        appearance = sum((each.sum(0) for each in found.values()),
                         other.new_zeros(grid))
        return SimilarityShares(parts, appearance,
                                float(self.offset @ other))


@singledispatch
def _pooling(part: nn.Module, feats: List[torch.Tensor]) -> _Pooling:
    raise ValueError(f'model.neck has {type(part).__name__}, which makes no '
                     f'sum over the positions of the maps. {_WHICH}')


@_pooling.register(GlobalAveragePooling)
@_pooling.register(FlattenMap)
def _(part, feats):
    return _Pooling(
        dict(appearance=last(feats)),
        lambda maps, factors: part(maps['appearance']))


@_pooling.register(GeneralizedMeanPooling)
def _(part, feats):
    power = float(part.p)
    if power != 1:
        raise ValueError(
            'model.neck has GeneralizedMeanPooling with p = '
            f'{power:g}, which makes no sum over the positions of the map: '
            f'its power mixes them. {_WHICH}')
    if part.clamp and bool((last(feats) < part.eps).any()):
        feats = [each.clamp(min=part.eps) for each in feats]
    return _Pooling(
        dict(appearance=last(feats)),
        lambda maps, factors: maps['appearance'].mean((2, 3)))


@_pooling.register(LinearNeck)
def _(part, feats):
    return _Pooling(
        dict(appearance=last(feats)),
        lambda maps, factors: _layer(part, maps['appearance'], factors))


@_pooling.register(MidLevelNeck)
def _(part, feats):
    feats = feats[-part.num_mid - 1:]

    def pool(maps, factors):
        *mids, end = [each.mean((2, 3)) for each in maps.values()]
        return torch.cat((_layer(part.mid, torch.cat(mids, 1), factors), end),
                         1)

    return _Pooling({f'map {i}': each for i, each in enumerate(feats)}, pool)


@_pooling.register(BilinearPooling)
@_pooling.register(CompactBilinearPooling)
def _(part, feats):
    appearance, parts = _projected(part, feats)
    takes_root, part.signed_sqrt = part.signed_sqrt, False

    def pool(maps, factors):
        x = part.fuse(appearance, maps['parts'])
        if takes_root:
            x = factors.times(x, _root_factor)
        return _unit(x, factors) if part.normalize else x

    return _Pooling(dict(parts=parts), pool)


@_pooling.register(ConcatFusion)
def _(part, feats):
    if part.join != 'vectors':
        raise ValueError(
            'model.neck has ConcatFusion with join=\'maps\', whose ReLU at '
            'each position mixes appearance and parts, so neither has a '
            f'share of its own. {_WHICH}')
    appearance, parts = _projected(part, feats)

    def pool(maps, factors):
        x = part.fuse(maps['appearance'], maps['parts'])
        return _unit(x, factors) if part.normalize else x

    return _Pooling(dict(appearance=appearance, parts=parts), pool)


@singledispatch
def _layer(part: nn.Module, x: torch.Tensor, factors: _Factors):
    raise ValueError(f'model.neck has {type(part).__name__} after the '
                     f'pooling, which is not linear. {_WHICH}')


@_layer.register(BNNeck)
def _(part, x, factors):
    return part(x)


@_layer.register(LinearNeck)
def _(part, x, factors):
    for layer, allowed in ((part.norm, _BatchNorm), (part.act, nn.ReLU)):
        if not isinstance(layer, (allowed, nn.Identity)):
            raise ValueError('model.neck has LinearNeck with '
                             f'{type(layer).__name__}, which is not linear. '
                             f'{_WHICH}')
    x = part.norm(part.fc(part.gap(x).flatten(1)))
    if isinstance(part.act, nn.ReLU):
        x = factors.times(x, lambda x: (x > 0).to(x.dtype))
    return x


def _projected(part, feats):
    """Bring the appearance map to fewer channels, as the neck does."""
    appearance, parts = feats
    if part.appearance_proj is not None:
        appearance = part.appearance_proj(appearance)
    return appearance, parts


def _root_factor(x: torch.Tensor) -> torch.Tensor:
    """What the signed root multiplies by; nothing where there is nothing."""
    is_zero = x == 0
    return signed_sqrt(x) / x.masked_fill(is_zero, 1)


def _unit(x: torch.Tensor, factors: _Factors) -> torch.Tensor:
    """Scale to unit length; zeros stay."""

    def factor_of(x):
        length = x.norm(dim=1, keepdim=True)
        return torch.where(length > 0, 1 / length, 0.)

    return factors.times(x, factor_of)
