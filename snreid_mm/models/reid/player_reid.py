from typing import List, Optional, Sequence, Tuple, Union

import torch
import torch.nn.functional as F
from mmengine.model import Sequential
from mmpretrain.models.classifiers import BaseClassifier
from mmpretrain.structures import DataSample
from torch import nn

from snreid_mm.registry import MODELS
from ..functional import full_precision
from ..utils.checkpoint import CheckpointGuard, CheckpointRule, refuse_misfits
from ..utils.probing import build_part, channels, fill_in, last, probe
from .prototypes import Prototypes


@MODELS.register_module()
class PlayerReID(CheckpointGuard, Prototypes, BaseClassifier):
    """A model that computes the embedding of a person's crop.

    Images pass the backbone and the neck, whose output is the
    embedding, and persons are compared by the Euclidean distance between
    embeddings. The head computes the losses and is not used otherwise. With
    a part extractor the images take two ways, and the neck joins the
    backbone's last map with the map of the parts, as in `Part-Aligned
    Bilinear Representations for Person Re-identification
    <https://arxiv.org/abs/1804.07094>`_.

    A config need not repeat the backbone's channel counts. The model sends
    one black image through its parts when it is built, and writes
    ``in_channels`` into the configs of the neck and the head that leave it
    out. So another backbone is ``model.backbone`` overridden, and nothing
    else.

    A checkpoint of another model is refused with a ValueError, because
    MMEngine would leave out what does not fit and go on. Only the head may
    differ, as far as its weights do not reach the embedding. After such an
    error part of the checkpoint can be loaded; do not use the model further.

    Args:
        backbone (dict | nn.Module): The appearance stream, any backbone of
            MMPretrain. It turns images (N, 3, H, W) into a map (N, C, H, W)
            or a tuple of maps. A vector (N, C), such as a class token or
            what ConvNeXt has pooled itself, counts as a map of one position.
        neck (dict | list[dict] | nn.Module, optional): What makes the
            embedding of the maps. A list is run in order. Without a part
            extractor it is given what the backbone gives, with one the pair
            (backbone's last map, part map). It gives a tensor, or a tuple
            whose last item counts, of shape (N, D). None takes the
            backbone's output as it is. Defaults to None.
        taps (dict | nn.Module, optional): Embeddings of hidden stages, by
            default :class:`LayerTaps`, for a head with losses on them
            (:class:`LayerSimilarityHead`); they may be joined to the
            embedding. Defaults to None.
        head (dict | nn.Module, optional): The losses. None allows no
            training. Defaults to None.
        part_extractor (dict | nn.Module, optional): The part stream. It is
            given the same images and gives a map, or a tuple of which the
            last map counts. Defaults to None.
        input_size (tuple[int]): Height and width of the black image, in
            pixels. Only a backbone that takes one size alone needs another
            than the default. Defaults to (256, 128).
        normalize_embedding (bool): Whether to scale the embedding to unit
            length where it is used for retrieval. The losses see it as the
            neck gives it. Defaults to False.
        flip_test (bool): Whether predict mode averages each embedding with
            that of the mirrored image. Defaults to False.
        test_scales (Sequence[float]): The sizes at which predict mode sees
            each image, as shares of the size that it comes in; the embeddings
            are averaged. A part map that has another grid there than the
            appearance map is resized to it. Defaults to (1, ).
        data_preprocessor (dict | nn.Module, optional): How images are
            normalized and put into batches. Without a type it is MMPretrain's
            ``ClsDataPreprocessor``. Defaults to None, which does not
            normalize.
        init_cfg (dict, optional): How to initialize the weights. Defaults
            to None.

    Attributes:
        embedding_dim (int): D, the length of the embedding that retrieval
            uses.

    Raises:
        ValueError: If the parts do not fit each other, or a scale is not
            positive. The message names the key and the number to write.

    Example:
        >>> model = dict(
        ...     type='snreid_mm.PlayerReID',
        ...     backbone=dict(type='ResNet', depth=50),
        ...     neck=[
        ...         dict(type='GlobalAveragePooling'),
        ...         dict(type='LinearNeck', out_channels=512),
        ...     ],
        ...     head=dict(type='snreid_mm.ReIDHead', num_classes=751))
    """

    guarded = ('backbone', 'part_extractor', 'neck')
    free = ('head', 'taps')

    def __init__(self,
                 *,
                 backbone: Union[dict, nn.Module],
                 neck: Union[dict, List[dict], nn.Module, None] = None,
                 taps: Union[dict, nn.Module, None] = None,
                 head: Union[dict, nn.Module, None] = None,
                 part_extractor: Union[dict, nn.Module, None] = None,
                 input_size: Tuple[int, int] = (256, 128),
                 normalize_embedding: bool = False,
                 flip_test: bool = False,
                 test_scales: Sequence[float] = (1, ),
                 data_preprocessor: Union[dict, nn.Module, None] = None,
                 init_cfg: Optional[dict] = None) -> None:
        if not isinstance(data_preprocessor, nn.Module):
            data_preprocessor = MODELS.build({
                'type': 'mmpretrain.ClsDataPreprocessor',
                **(data_preprocessor or {})
            })
        super().__init__(
            data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        self.normalize_embedding = normalize_embedding
        if not test_scales or min(test_scales) <= 0:
            raise ValueError('model.test_scales must be positive numbers, '
                             f'such as (1.0, 1.25), but is {test_scales!r}.')
        self.flip_test = flip_test
        self.test_scales = tuple(test_scales)

        self.backbone = build_part(backbone, 'model.backbone')
        device = next((p.device for p in self.backbone.parameters()), 'cpu')
        image = torch.zeros(1, 3, *input_size, device=device)
        maps = probe(
            self.backbone, image, 'model.backbone',
            'If it takes images of one size only, write that size as '
            'model.input_size.')
        feats = maps
        self.part_extractor = None
        self._shares_grid = False
        if part_extractor is not None:
            self.part_extractor = build_part(part_extractor,
                                             'model.part_extractor')
            parts = probe(self.part_extractor, image, 'model.part_extractor')
            feats = (last(maps), last(parts))
            self._shares_grid = feats[0].shape[2:] == feats[1].shape[2:]
        self.neck, feats = self._build_neck(neck, feats)
        self.embedding_dim = channels(feats)
        self.taps = self.head = None
        if taps is not None:
            self.taps = self._build_taps(taps, _as_tuple(maps))
        if head is not None:
            self.head = self._build_head(head)
        if self._joins_taps:
            self.guarded = (*self.guarded, 'taps')
            self.embedding_dim = self.taps.joined_channels(self.embedding_dim)

    def init_weights(self) -> None:
        """Initialize the weights; see :meth:`CheckpointGuard.init_weights`.

        A published backbone need not fit whole: stages may be left out, or
        norm layers added. A checkpoint of which nothing fits is refused.
        """
        if not hasattr(self.backbone, 'checkpoint_rule'):
            refuse_misfits(
                self.backbone,
                CheckpointRule(
                    f'model.backbone ({type(self.backbone).__name__})',
                    'Give the checkpoint of this network, with '
                    'model.backbone.init_cfg.prefix if its names start with '
                    'one, such as \'backbone.\'.',
                    partly=True))
        super().init_weights()

    def _build_neck(self, cfg, feats):
        """Build the neck for what comes before it, and run it once."""
        self._check_feats(feats)
        in_list = isinstance(cfg, (list, tuple))
        cfgs = list(cfg) if in_list else [] if cfg is None else [cfg]
        if cfgs and not self.with_part_extractor:
            feats = _vectors_as_maps(feats)
        parts = []
        for i, part_cfg in enumerate(cfgs):
            key = f'model.neck[{i}]' if in_list else 'model.neck'
            part, feats = self._build_neck_part(part_cfg, key, feats, i == 0)
            parts.append(part)

        shape = tuple(last(feats).shape)
        if len(shape) != 2:
            name = 'neck' if parts else 'backbone'
            raise ValueError(
                f'model.{name} gives an output of shape {shape} for one '
                'image, but an embedding has shape (N, D): put a pooling neck '
                'such as GlobalAveragePooling into model.neck.')
        if in_list and parts:
            return Sequential(*parts), feats
        return (parts[0] if parts else None), feats

    def _build_neck_part(self, cfg, key, feats, is_first):
        """Build one part of the neck, and run it once."""
        is_pair = is_first and self.with_part_extractor
        given = channels(feats, of_all=is_pair)
        part = build_part(cfg, key, given)
        hint = ''
        written = cfg.get('in_channels') if isinstance(cfg, dict) else None
        if written is not None and written != given:
            hint = (f'{key}.in_channels is {written}, but what it is given '
                    f'has {given} channels: write {given}, or leave it out.')
        elif not is_pair and last(feats).ndim == 4:
            hint = ('If it takes vectors, put a pooling neck such as '
                    'GlobalAveragePooling before it.')

        outputs = probe(part, feats, key, hint)
        if is_pair and isinstance(outputs, tuple) and len(outputs) > 1:
            raise ValueError(
                f'{key} ({type(part).__name__}) gives {len(outputs)} outputs '
                'for the maps of appearance and parts: with a part_extractor '
                'the first neck must join the two.')
        return part, outputs

    def _check_feats(self, feats) -> None:
        """Refuse what pooling would take for something else."""
        if self.with_part_extractor:
            named = dict(zip(('backbone', 'part_extractor'), feats))
            allowed, form = (4, ), 'a map (N, C, H, W)'
        else:
            named = dict(backbone=last(feats))
            allowed, form = (2, 4), 'a map (N, C, H, W) or a vector (N, C)'
        for name, output in named.items():
            shape = tuple(getattr(output, 'shape', ()))
            if len(shape) not in allowed:
                raise ValueError(
                    f'model.{name} ({type(getattr(self, name)).__name__}) '
                    f'gives an output of shape {shape} for one image, but it '
                    f'must give {form}. Transformers of MMPretrain give a map '
                    'with out_type=\'featmap\', ConvNeXt and its kin with '
                    'gap_before_final_norm=False, timm\'s networks with '
                    'features_only=True.')

    def _build_taps(self, cfg, maps: tuple) -> nn.Module:
        """Build the taps, and run them once."""
        if isinstance(cfg, dict):
            cfg = {'type': 'snreid_mm.LayerTaps', **cfg}
        taps = build_part(cfg, 'model.taps', channels(maps, of_all=True))
        probe(taps, maps, 'model.taps')
        return taps

    def _build_head(self, cfg) -> nn.Module:
        """Build the head for the embedding and the taps."""
        if isinstance(cfg, dict):
            written = cfg.get('in_channels')
            if written is not None and written != self.embedding_dim:
                raise ValueError(
                    f'model.head.in_channels is {written}, but the embedding '
                    f'has {self.embedding_dim} channels: write '
                    f'{self.embedding_dim}, or leave it out.')
            known = dict(in_channels=self.embedding_dim)
            if self.taps is not None:
                known['num_taps'] = len(self.taps.out_channels)
            cfg = fill_in(cfg, **known)
        head = build_part(cfg, 'model.head')
        if self.taps is not None and not hasattr(head, 'num_taps'):
            raise ValueError(
                f'model.taps would not be trained: model.head '
                f'({type(head).__name__}) has no loss for them. Use '
                'snreid_mm.LayerSimilarityHead, or write model.taps=None.')
        return head

    @property
    def _joins_taps(self) -> bool:
        return self.taps is not None and self.taps.are_joined

    @property
    def with_part_extractor(self) -> bool:
        """Whether the model has a part stream."""
        return self.part_extractor is not None

    def forward(self,
                inputs: torch.Tensor,
                data_samples: Optional[List[DataSample]] = None,
                mode: str = 'tensor'):
        """Run the model on a batch that is already normalized.

        Args:
            inputs (Tensor): Images. Shape (N, 3, H, W).
            data_samples (list[DataSample], optional): The samples, which
                ``mode='loss'`` needs. Defaults to None.
            mode (str): ``'tensor'``, ``'loss'`` or ``'predict'``. Defaults
                to ``'tensor'``.

        Returns:
            Tensor | dict | list[DataSample]: The embeddings (N, D), the
            losses, or the samples with an ``embedding`` each.

        Raises:
            ValueError: If there is no such mode.
        """
        if mode == 'tensor':
            return self.extract_feat(inputs, stage='pre_logits')
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        raise ValueError(f'mode must be \'tensor\', \'loss\' or \'predict\', '
                         f'but it is {mode!r}.')

    def extract_feat(self, inputs: torch.Tensor, stage: str = 'neck'):
        """Extract the features of a stage.

        The stages are those of MMPretrain's classifiers, so that its
        ``FeatureExtractor`` and analysis tools work on this model.

        Args:
            inputs (Tensor): Images. Shape (N, 3, H, W).
            stage (str): Which features.

                - ``'backbone'``: the maps of the backbone, as a tuple.
                - ``'part_extractor'``: the map of the parts, as a tuple.
                - ``'neck'``: the outputs of the neck, as a tuple, the last
                  of which the losses see.
                - ``'pre_logits'``: the embedding as retrieval uses it, a
                  tensor of shape (N, D). Taps that are joined are part of
                  it.

                Defaults to ``'neck'``.

        Returns:
            tuple[Tensor] | Tensor: The features.

        Raises:
            ValueError: If the model has no such stage.
        """
        stages = ('backbone', 'neck', 'pre_logits')
        if self.with_part_extractor:
            stages = ('part_extractor', *stages)
        if stage not in stages:
            raise ValueError(f'stage must be one of {stages} for this model, '
                             f'but it is {stage!r}.')
        if stage == 'part_extractor':
            return (last(self.part_extractor(inputs)), )

        maps = self.backbone(inputs)
        if stage == 'backbone':
            return _as_tuple(maps)
        feats = self._run_neck(inputs, maps)
        if stage == 'neck':
            return feats
        embeddings = last(feats)
        if self._joins_taps:
            embeddings = self.taps.join(embeddings, self.taps(_as_tuple(maps)))
        if self.normalize_embedding:
            # Half precision has too few digits to compare lengths of 1.
            embeddings = F.normalize(full_precision(embeddings))
        return embeddings

    def _run_neck(self, inputs: torch.Tensor, maps) -> tuple:
        """Compute the neck's outputs from the backbone's."""
        feats = maps
        if self.with_part_extractor:
            feats = self._at_one_grid(
                last(maps), last(self.part_extractor(inputs)))
        elif self.with_neck:
            feats = _vectors_as_maps(maps)
        if self.with_neck:
            feats = self.neck(feats)
        return _as_tuple(feats)

    def _at_one_grid(self, appearance, parts) -> tuple:
        """Resize the part map to the appearance map's grid, where other
        ``test_scales`` have made two of one. Elsewhere a neck refuses them."""
        grid = appearance.shape[2:]
        if (self._shares_grid and self.test_scales != (1, )
                and not self.training and parts.shape[2:] != grid):
            # Half precision has no such interpolation on a CPU.
            parts = F.interpolate(
                full_precision(parts),
                size=grid,
                mode='bilinear',
                antialias=True)
        return appearance, parts

    def loss(self, inputs: torch.Tensor,
             data_samples: List[DataSample]) -> dict:
        """Compute the losses of a batch.

        Args:
            inputs (Tensor): Images. Shape (N, 3, H, W).
            data_samples (list[DataSample]): The samples, with ``gt_label``.

        Returns:
            dict[str, Tensor]: The losses and what else the head reports.
        """
        maps = self.backbone(inputs)
        feats = self._run_neck(inputs, maps)
        if self.taps is None:
            return self.head.loss(feats, data_samples)
        return self.head.loss(
            feats, data_samples, layers=self.taps(_as_tuple(maps)))

    def predict(
            self,
            inputs: torch.Tensor,
            data_samples: Optional[List[DataSample]] = None
    ) -> List[DataSample]:
        """Compute the embedding of each image.

        Args:
            inputs (Tensor): Images. Shape (N, 3, H, W).
            data_samples (list[DataSample], optional): The samples to write
                to. None makes new ones. Defaults to None.

        Returns:
            list[DataSample]: The samples, each with ``embedding``, a float32
            tensor of shape (D, ); with prototypes also ``pred_score``, see
            :class:`Prototypes`.
        """
        embeddings = self.embed(inputs)
        if data_samples is None:
            data_samples = [DataSample() for _ in embeddings]
        for sample, embedding in zip(data_samples, embeddings):
            sample.set_field(embedding, 'embedding', dtype=torch.Tensor)
        if self.prototype_vecs is not None:
            self.score_prototypes(data_samples)
        return data_samples

    def embed(self, inputs: torch.Tensor) -> torch.Tensor:
        """Compute the embedding of each image, averaged over its views.

        Args:
            inputs (Tensor): Images. Shape (N, 3, H, W).

        Returns:
            Tensor: What predict mode writes to the samples: shape (N, D),
            float32.
        """
        views = [
            inputs if scale == 1 else F.interpolate(
                inputs, scale_factor=scale, mode='bilinear', antialias=True)
            for scale in self.test_scales
        ]
        if self.flip_test:
            views += [view.flip(-1) for view in views]
        embeddings = [
            self.extract_feat(view, stage='pre_logits').float()
            for view in views
        ]
        if len(embeddings) == 1:
            return embeddings[0]
        mean = torch.stack(embeddings).mean(0)
        return F.normalize(mean) if self.normalize_embedding else mean

    def get_layer_depth(self, param_name: str) -> Tuple[int, int]:
        """Return the depth of a parameter, for layer-wise learning rates.

        What is no part of the backbone stands above it.

        Args:
            param_name (str): The name of the parameter.

        Returns:
            tuple[int, int]: Its depth, from 0, and the number of depths.

        Raises:
            TypeError: If the backbone does not know its depths.
        """
        if not hasattr(self.backbone, 'get_layer_depth'):
            raise TypeError(
                f'model.backbone ({type(self.backbone).__name__}) does not '
                'say how deep its layers are: leave optim_wrapper.constructor '
                'out, or take another backbone.')
        depth, number = self.backbone.get_layer_depth(param_name, 'backbone.')
        # CLIP's first norm, which MMPretrain counts as the last.
        is_first = param_name.startswith('backbone.pre_norm.')
        return 0 if is_first else depth, number


def _as_tuple(feats) -> tuple:
    return tuple(feats) if isinstance(feats, (tuple, list)) else (feats, )


def _vectors_as_maps(feats) -> tuple:
    return tuple(feat[..., None, None] if feat.ndim == 2 else feat
                 for feat in _as_tuple(feats))
