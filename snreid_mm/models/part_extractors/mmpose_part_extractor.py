import logging
from typing import Optional, Sequence, Tuple, Union

import torch
import torch.nn.functional as F
from mmengine.logging import print_log
from mmengine.model import BaseModule, PretrainedInit

from snreid_mm.registry import MODELS
from .normalization import IMAGENET, Normalization, Renormalize
from .pose_checkpoint import refuse_pose_misfits
from .pose_config import (build_pose_estimator, pose_input_size,
                          pose_normalization, read_pose_config)
from .pose_maps import heatmaps_of, resize_maps, stage_of

_OUTPUTS = ('heatmaps', 'features', 'both')


@MODELS.register_module()
class MMPosePartExtractor(BaseModule):
    """The body parts that any pose estimator of MMPose sees.

    The output is the estimator's heatmaps, one channel for each keypoint, or
    the features of its backbone, on the grid of the appearance map. Images
    reach the estimator as it was trained: they are normalized its own way,
    and resized to its input size.

    The estimator's types are looked up in MMPose's scope, so its config is
    written as in MMPose. Types of other packages have their prefix, such as
    ``'mmpretrain.VisionTransformer'``.

    Where an inner ``stage`` is trained, the layers after it get no gradient,
    and training on several GPUs needs ``find_unused_parameters=True`` in the
    config.

    Args:
        pose_estimator (dict | str): The estimator: its config, a config
            file, or one of MMPose's own config files, such as
            ``'mmpose::body_2d_keypoint/…/td-hm_….py'``; see
            :func:`mmengine.hub.get_config`.
        checkpoint (str | bool, optional): Its weights, a path or a URL,
            loaded by ``init_weights()`` as the runner does before training.
            True takes the published weights of an ``'mmpose::…'`` config.
            All that is used must fit. None leaves it to the ``init_cfg`` of
            the estimator. Defaults to None.
        output (str): ``'heatmaps'``, ``'features'``, or ``'both'``, the
            heatmaps' channels first. Heatmaps of SimCC heads (RTMPose) are
            outer products of their two classifications, cut at zero and
            scaled to at most one. Defaults to ``'heatmaps'``.
        stage (int): Which of the backbone's outputs the features are.
            Defaults to -1, the last.
        resize (str, optional): How maps are brought to the grid.

            - ``'area'``: the mean of each cell.
            - ``'max'``: the maximum of each cell.
            - ``'bilinear'``: between the nearest four positions, which
              passes over the others where the grid is much coarser.

            None leaves them as they are. Defaults to ``'area'``.
        grid (tuple[int, int]): Height and width of the map, in positions;
            those of the appearance map. Not used if ``resize`` is None.
            Defaults to (16, 8).
        frozen (bool): Whether the estimator stays as it is: no gradient, and
            evaluation mode also while the model trains. Defaults to True.
        keep_input_size (bool): Whether to give the estimator the images in
            their own size, which saves time and keeps their proportions;
            only for networks that take any size. Defaults to False.
        mean (Sequence[float]): The mean of the model's data preprocessor, on
            the scale 0 to 255. Defaults to ImageNet's.
        std (Sequence[float]): The standard deviation of the model's data
            preprocessor. Defaults to ImageNet's.
        to_rgb (bool): Whether the model's data preprocessor gives R, G, B.
            Defaults to True.

    Raises:
        ImportError: If the estimator needs a package that is not installed.
        ValueError: If an option is unknown, does not fit the others, or does
            not fit the estimator.

    Example:
        >>> parts = dict(
        ...     type='snreid_mm.MMPosePartExtractor',
        ...     pose_estimator='mmpose::body_2d_keypoint/topdown_heatmap/'
        ...     'coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py',
        ...     checkpoint=True)
    """

    def __init__(self,
                 *,
                 pose_estimator: Union[dict, str],
                 checkpoint: Union[str, bool, None] = None,
                 output: str = 'heatmaps',
                 stage: int = -1,
                 resize: Optional[str] = 'area',
                 grid: Tuple[int, int] = (16, 8),
                 frozen: bool = True,
                 keep_input_size: bool = False,
                 mean: Sequence[float] = IMAGENET.mean,
                 std: Sequence[float] = IMAGENET.std,
                 to_rgb: bool = True) -> None:
        super().__init__()
        if output not in _OUTPUTS:
            raise ValueError(f'output must be one of '
                             f'{", ".join(map(repr, _OUTPUTS))}, but it is '
                             f'{output!r}.')
        if output == 'heatmaps' and stage != -1:
            raise ValueError(
                f'stage={stage} would do nothing, because output=\'heatmaps\' '
                'takes no features: set output=\'features\' or \'both\', or '
                'take stage out.')
        config, published = read_pose_config(pose_estimator,
                                             checkpoint is True)
        if checkpoint is True:
            checkpoint = published
        self.checkpoint = checkpoint or None
        self.output = output
        self.stage = stage
        self.resize = resize
        self.grid = None if resize is None else tuple(grid)
        self.frozen = frozen
        self.input_size = None if keep_input_size else pose_input_size(config)
        self.renormalize = Renormalize(
            Normalization(mean, std, to_rgb), pose_normalization(config))
        self.pose_estimator = build_pose_estimator(
            config, with_head=output != 'features')
        # The other parts of an estimator whose features are used alone.
        refuse_pose_misfits(
            self.pose_estimator,
            free=('neck', 'head', 'keypoint_head')
            if output == 'features' else ())
        if frozen:
            self.pose_estimator.requires_grad_(False)
        self.train()
        if self.input_size is not None:
            self._try_out()

    @torch.no_grad()
    def _try_out(self) -> None:
        """Run once, so that parts that do not fit each other fail at once."""
        self.eval()
        self(torch.zeros(1, 3, *self.input_size))
        self.train()

    def init_weights(self) -> None:
        """Load the checkpoint, or initialize the estimator's own way.

        Raises:
            FileNotFoundError: If there is no such checkpoint.
            ValueError: If the checkpoint does not fit the estimator.
        """
        if self.is_init:
            return
        if self.checkpoint is not None:
            # Not by `init_cfg`, which would first fetch the weights of the
            # estimator's own `init_cfg` that these replace.
            PretrainedInit(self.checkpoint)(self.pose_estimator)
            self.is_init = True
            return
        super().init_weights()
        if self.frozen and not self._has_pretrained_part():
            print_log(
                'MMPosePartExtractor is frozen and has no checkpoint, so its '
                'maps are random unless the model\'s own checkpoint has its '
                'weights: set part_extractor.checkpoint, or '
                'part_extractor.frozen=False.',
                logger='current',
                level=logging.WARNING)

    def _has_pretrained_part(self) -> bool:
        return any('Pretrained' in str(getattr(module, 'init_cfg', None))
                   for module in self.modules())

    def train(self, mode: bool = True) -> 'MMPosePartExtractor':
        """Set the mode; a frozen estimator stays in evaluation mode."""
        super().train(mode)
        if self.frozen:
            # Not chained: backbones of MMPose return None from it.
            self.pose_estimator.eval()
        return self

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Extract the map of the parts.

        Args:
            images (Tensor): Images as the model's data preprocessor
                normalizes them. Shape (N, 3, H, W).

        Returns:
            Tensor: The map, of shape (N, C, \\*grid).

        Raises:
            ValueError: If there is no such stage or no heatmaps.
        """
        images = self._prepare(images)
        estimator = self.pose_estimator
        feats = estimator.backbone(images)
        maps = []
        if self.output != 'features':
            with_neck = getattr(estimator, 'with_neck', False)
            outputs = estimator.head(
                estimator.neck(feats) if with_neck else feats)
            maps.append(heatmaps_of(outputs, self.grid, self.resize))
        if self.output != 'heatmaps':
            name = type(estimator.backbone).__name__
            feature = stage_of(feats, self.stage, name)
            maps.append(resize_maps(feature, self.grid, self.resize))
        return torch.cat(maps, dim=1)

    def _prepare(self, images: torch.Tensor) -> torch.Tensor:
        """Convert the model's images to what the estimator was trained on."""
        images = self.renormalize(images)
        size = tuple(images.shape[-2:])
        if self.input_size is None or size == self.input_size:
            return images
        shrinks = any(new < old for new, old in zip(self.input_size, size))
        return F.interpolate(
            images,
            size=self.input_size,
            mode='bilinear',
            align_corners=False,
            antialias=shrinks)
