from typing import Iterator

import torch
from mmengine.hooks import Hook

from snreid_mm.models.part_extractors.pose_maps import heatmaps_of
from snreid_mm.registry import HOOKS
from snreid_mm.utils.distributed import unwrap

# What one codec must have like another, where both have it.
_CODEC_SIZES = ('input_size', 'heatmap_size', 'simcc_split_ratio')


@HOOKS.register_module()
class PoseCheckHook(Hook):
    """Refuse a pose estimator whose sizes do not agree.

    The size of the images stands in three places of an MMPose config: where
    crops are resized (``ResizeCropWithKeypoints``, ``TopdownAffine``), where
    keypoints become targets (``GenerateTarget``), and in the head's decoder.
    If one differs, training and testing run all the same and every keypoint
    is misplaced.

    The size and the number of the head's heatmaps are checked too, on one
    empty image. What differs raises a ValueError.
    """

    def before_train(self, runner) -> None:
        """Check the data sets of training and validation."""
        check_pose_sizes(runner.model, runner.train_dataloader.dataset,
                         'train_dataloader')
        if runner.val_loop is not None:
            check_pose_sizes(runner.model, runner.val_dataloader.dataset,
                             'val_dataloader')

    def before_test(self, runner) -> None:
        """Check the data set of the test."""
        check_pose_sizes(runner.model, runner.test_dataloader.dataset,
                         'test_dataloader')


def check_pose_sizes(model, dataset, where: str) -> None:
    """Check as :class:`PoseCheckHook` does, without a runner.

    Args:
        model (nn.Module): A model, wrapped or not. One without a keypoint
            head passes.
        dataset (Dataset): What it is trained or tested on.
        where (str): The name of its data loader, for messages.

    Raises:
        ValueError: If two sizes differ, or the heatmaps are not those that
            the decoder and the data set expect.
    """
    model = unwrap(model)
    decoder = getattr(getattr(model, 'head', None), 'decoder', None)
    if getattr(decoder, 'input_size', None) is None:
        return
    for step in _steps(dataset):
        name = f'{type(step).__name__} of {where}'
        size = getattr(step, 'input_size', None)
        if size is not None and _plain(size) != _plain(decoder.input_size):
            raise ValueError(_differ(name, 'input_size', size, decoder))
        encoders = getattr(step, 'encoder', None) or []
        for encoder in encoders if isinstance(encoders, list) else [encoders]:
            for key in _CODEC_SIZES:
                size = getattr(encoder, key, None)
                own = getattr(decoder, key, None)
                if None not in (size, own) and _plain(size) != _plain(own):
                    raise ValueError(
                        _differ(f'The encoder of {name}', key, size, decoder))
    if getattr(decoder, 'heatmap_size', None) is not None:
        _check_heatmaps(model, decoder, dataset)


def _differ(name: str, key: str, size, decoder) -> str:
    return (f'{name} has {key}={_plain(size)}, but model.head.decoder has '
            f'{_plain(getattr(decoder, key))} (width before height), and '
            'every keypoint would be misplaced: write the same in both.')


def _plain(size):
    try:
        return tuple(int(side) for side in size)
    except TypeError:
        return size


def _steps(node) -> Iterator:
    """Yield the steps of a data set's pipeline, also of wrapped ones."""
    if isinstance(node, (list, tuple)):
        for each in node:
            yield from _steps(each)
        return
    for name in ('dataset', 'datasets', 'pipeline', 'transforms'):
        inner = getattr(node, name, None)
        if inner is not None:
            yield from _steps(inner)
    if not hasattr(node, 'pipeline'):
        yield node


@torch.no_grad()
def _check_heatmaps(model, decoder, dataset) -> None:
    """Run the model on one empty image, and look at its heatmaps."""
    width, height = _plain(decoder.input_size)
    device = next(model.parameters()).device
    was_training = model.training
    # Not chained: backbones of MMPose return None from it.
    model.eval()
    try:
        outputs = model(torch.zeros(1, 3, height, width, device=device), None)
        maps = heatmaps_of(outputs, None, None)  # (1, K, h, w)
    except (AssertionError, RuntimeError) as error:
        raise ValueError(
            'The parts of the pose estimator do not fit each other, or not '
            f'images of {height} x {width} pixels ({error}).') from error
    finally:
        model.train(was_training)
    size = (maps.shape[3], maps.shape[2])
    if size != _plain(decoder.heatmap_size):
        raise ValueError(
            f'model.head gives heatmaps of {size} (width, height), but its '
            f'decoder has heatmap_size={_plain(decoder.heatmap_size)}: write '
            f'{size} into every codec of the config, or change the strides '
            'of model.backbone or the deconvolutions of model.head.')
    wanted = (getattr(dataset, 'metainfo', None) or {}).get('num_keypoints')
    # MMPose's combined heatmaps hold offsets too.
    combined = getattr(decoder, 'heatmap_type', '') == 'combined'
    if wanted is not None and not combined and maps.shape[1] != wanted:
        raise ValueError(
            f'model.head gives {maps.shape[1]} heatmaps, but the data set '
            f'has {wanted} keypoints: write model.head.out_channels={wanted}.')
