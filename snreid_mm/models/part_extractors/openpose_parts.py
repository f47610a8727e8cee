from typing import List, Sequence, Tuple, Union

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmpose.registry import MODELS as MMPOSE_MODELS
from torch import nn

from snreid_mm.registry import MODELS
from ..utils.checkpoint import CheckpointRule, refuse_misfits
from .normalization import IMAGENET, Normalization, Renormalize

# The trunk: VGG-19's first ten convolutions and two more, all 3 x 3, by name
# and output channels. None is a 2 x 2 max-pool.
_TRUNK = (('conv1_1', 64), ('conv1_2', 64), None, ('conv2_1', 128),
          ('conv2_2', 128), None, ('conv3_1', 256), ('conv3_2', 256),
          ('conv3_3', 256), ('conv3_4', 256), None, ('conv4_1', 512),
          ('conv4_2', 512), ('conv4_3_CPM', 256), ('conv4_4_CPM', 128))
# A stage's convolutions up to the last, by output channels and kernel size.
# Names are made of the place in the branch and the number of the branch.
_STAGES = {
    'conv5_{}_CPM_L{}': ((128, 3), (128, 3), (128, 3), (512, 1)),
    'Mconv{}_stage2_L{}': ((128, 7), ) * 5 + ((128, 1), ),
}
# What the last convolutions give: two maps for each of 19 limbs, and one for
# each of 18 joints and the background.
_BRANCHES = {1: 38, 2: 19}

# The input that each way makes of an image of 0 to 255.
_SCALINGS = {
    'openpose': Normalization((128., ), (256., ), to_rgb=False),
    'caffe-mean': Normalization(
        (104., 117., 123.), (1 / 0.0039, ), to_rgb=False),
    'snreid': Normalization(
        IMAGENET.mean, [std / 0.0039 for std in IMAGENET.std], to_rgb=True),
}


@MMPOSE_MODELS.register_module()
@MODELS.register_module()
class OpenPoseParts(BaseModule):
    """The body parts of OpenPose's network, up to its first refinement.

    The network of `Realtime Multi-Person 2D Pose Estimation using Part
    Affinity Fields <https://arxiv.org/abs/1611.08050>`_ for COCO's 18 joints,
    cut after its second stage: a trunk of VGG-19's first ten convolutions and
    two more, then two stages that each give 38 affinity maps (branch L1) and
    19 confidence maps (branch L2). Their 57 maps and the trunk's 128 are
    pooled by two and projected by ``pose1``, as in `Part-Aligned Bilinear
    Representations for Person Re-identification
    <https://arxiv.org/abs/1804.07094>`_.

    Layers have the names of the published Caffe model, ``conv1_1`` to
    ``Mconv7_stage2_L2``. ``tools/model_converters/openpose_to_snreid.py``
    turns its PyTorch version into a checkpoint for ``init_cfg``. ``pose1``
    and its batch norm ``bn`` are not published and start afresh.

    The network scales its input by itself, because its weights were trained
    on other numbers than ImageNet's. It undoes what the data preprocessor has
    done, of which it is told by ``mean``, ``std`` and ``to_rgb``.

    It is in MMPose's registry too, as a backbone, hence the tuple that it
    gives. There ``mean``, ``std`` and ``to_rgb`` are those of the pose
    estimator's ``data_preprocessor``.

    Args:
        input_scaling (str): What the first convolution sees.

            - ``'openpose'``: (B, G, R) / 256 - 0.5, on which the published
              weights were trained.
            - ``'caffe-mean'``: ((B, G, R) - (104, 117, 123)) * 0.0039, as in
              the code of the re-identification paper above.
            - ``'snreid'``: 0.0039 times the ImageNet-normalized (R, G, B), as
              in the two-stream model of SoccerNet's sn-reid. The weights see
              an image about 60 times too faint, in the wrong order; it is
              there to repeat that model.

            Defaults to ``'openpose'``.
        frozen (bool): Whether to train ``pose1`` alone and leave the
            published layers as they are. Defaults to False.
        mean (Sequence[float]): The data preprocessor's mean, on the scale 0
            to 255. Defaults to ImageNet's.
        std (Sequence[float]): The data preprocessor's standard deviation.
            Defaults to ImageNet's.
        to_rgb (bool): Whether the data preprocessor gives R, G, B. Defaults
            to True.
        init_cfg (dict | list[dict], optional): How to initialize the
            weights. ``dict(type='Pretrained', checkpoint=...)`` must hold
            every published layer, and with ``prefix='backbone.'`` may be a
            pose estimator's. Defaults to He's initialization.

    Raises:
        ValueError: If ``input_scaling`` is unknown.

    Example:
        >>> parts = dict(
        ...     type='snreid_mm.OpenPoseParts',
        ...     init_cfg=dict(
        ...         type='Pretrained',
        ...         checkpoint='checkpoints/openpose_parts.pth'))
    """

    def __init__(
        self,
        *,
        input_scaling: str = 'openpose',
        frozen: bool = False,
        mean: Sequence[float] = IMAGENET.mean,
        std: Sequence[float] = IMAGENET.std,
        to_rgb: bool = True,
        init_cfg: Union[dict, List[dict], None] = dict(
            type='Kaiming', layer='Conv2d', mode='fan_in')
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        if input_scaling not in _SCALINGS:
            raise ValueError('input_scaling must be one of '
                             f'{", ".join(map(repr, _SCALINGS))}, but it is '
                             f'{input_scaling!r}.')
        self.input_scaling = input_scaling
        self.scale_input = Renormalize(
            Normalization(mean, std, to_rgb), _SCALINGS[input_scaling])

        channels = 3
        for name, out_channels in filter(None, _TRUNK):
            self._add(name, channels, out_channels, 3)
            channels = out_channels
        with_maps = channels + sum(_BRANCHES.values())  # 185
        for stage, given in zip(_STAGES, (channels, with_maps)):
            for branch, num_maps in _BRANCHES.items():
                sizes = (*_STAGES[stage], (num_maps, 1))
                in_channels = given
                for i, (out_channels, kernel) in enumerate(sizes, 1):
                    self._add(
                        stage.format(i, branch), in_channels, out_channels,
                        kernel)
                    in_channels = out_channels
        if frozen:
            self.requires_grad_(False)

        self.pose1 = nn.Conv2d(with_maps, 128, 3, padding=1)
        self.bn = nn.BatchNorm2d(128, affine=False)
        refuse_misfits(
            self,
            CheckpointRule(
                'OpenPoseParts',
                'Convert the published weights with '
                'tools/model_converters/openpose_to_snreid.py; for those of a '
                'pose estimator, add prefix=\'backbone.\' to init_cfg.',
                free=('pose1', 'bn')))

    def _add(self, name: str, in_channels: int, out_channels: int,
             kernel: int) -> None:
        self.add_module(
            name,
            nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2))

    def forward(self, images: torch.Tensor) -> Tuple[torch.Tensor]:
        """Extract the map of the parts.

        Args:
            images (Tensor): Images as the data preprocessor normalizes them.
                Shape (N, 3, H, W).

        Returns:
            tuple[Tensor]: One map of shape (N, 128, H / 16, W / 16), rounded
            up.
        """
        trunk = self.scale_input(images)
        for layer in _TRUNK:
            if layer is None:
                trunk = F.max_pool2d(trunk, 2, ceil_mode=True)
            else:
                trunk = F.relu(getattr(self, layer[0])(trunk), inplace=True)
        maps = trunk  # (N, 128, H / 8, W / 8)
        for stage, sizes in _STAGES.items():
            branches = []
            for branch in _BRANCHES:
                x = maps
                for i in range(1, len(sizes) + 1):
                    x = getattr(self, stage.format(i, branch))(x)
                    x = F.relu(x, inplace=True)
                last = stage.format(len(sizes) + 1, branch)
                branches.append(getattr(self, last)(x))
            maps = torch.cat((*branches, trunk), dim=1)  # (N, 185, ...)
        maps = F.max_pool2d(maps, 2, ceil_mode=True)
        return (self.bn(self.pose1(maps)), )
