from mmcv.transforms import Resize
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from torch.utils.data import DataLoader

from snreid_mm.registry import HOOKS
from snreid_mm.utils.distributed import unwrap
from .batch_labels import batch_labels


@HOOKS.register_module()
class BatchCheckHook(Hook):
    """Refuse batches from which nothing would be learned.

    A training set smaller than a batch gives, with ``drop_last=True``, no
    batch at all, and MMEngine's loop would save the untrained model as the
    best. A batch size that is no multiple of the sampler's ``num_instances``
    would cut identities in two, and so would batches of another size than
    the sampler fills. A test at another image size than the training's is
    mostly a mistake, which logs a warning, and so does an epoch of which no
    batch has held two images of one person: losses that compare pairs or
    triplets would read 0 and learn nothing.
    """

    def before_train(self, runner) -> None:
        """Check the training data loader, and compare the image sizes."""
        check_batches(runner.train_dataloader)
        self._has_labels = self._has_pairs = False
        if runner.val_loop is None:
            return
        sizes = [
            _image_sizes(loop.dataloader.dataset)
            for loop in (runner.train_loop, runner.val_loop)
        ]
        if all(sizes) and sizes[0] != sizes[1]:
            runner.logger.warning(
                f'Training resizes images to {sizes[0]}, validation to '
                f'{sizes[1]} (width, height): write one scale into both '
                'pipelines, unless that is meant.')

    def after_train_iter(self,
                         runner,
                         batch_idx: int,
                         data_batch=None,
                         outputs=None) -> None:
        """Look for pairs; after an epoch without one warn."""
        # One pair is enough for the epoch.
        labels = None if self._has_pairs else batch_labels(data_batch)
        if labels is not None:
            self._has_labels = True
            self._has_pairs = len(labels.unique()) < len(labels)
        if not self.every_n_train_iters(runner, len(runner.train_dataloader)):
            return
        found = all_gather_object((self._has_labels, self._has_pairs))
        self._has_labels = self._has_pairs = False
        (has_labels, *_), has_pairs = zip(*found)
        if has_labels and not any(has_pairs) and _compares(runner.model):
            runner.logger.warning(
                f'In the epoch up to step {runner.iter + 1} no batch has held '
                'two images of one person, so the losses that compare images '
                'have read 0 and learned nothing: use the sampler '
                'snreid_mm.ActionIdentitySampler with num_instances=2, and '
                'give people two images in one action or group.')


def _compares(model) -> bool:
    """Whether the head has a loss beside that of its classifier."""
    head = getattr(unwrap(model), 'head', None)
    return getattr(head, 'loss_triplet', None) is not None or bool(
        getattr(head, 'losses', None))


def check_batches(loader: DataLoader) -> None:
    """Refuse a training data loader without a batch, or whose sampler's blocks
    do not fit into one, with a ValueError."""
    if len(loader) == 0:
        raise ValueError(
            f'There is no batch to train on: {len(loader.sampler)} images '
            f'an epoch are fewer than train_dataloader.batch_size='
            f'{loader.batch_size}, and drop_last=True leaves out a batch '
            'that is not full. Write a smaller batch_size.')
    num_instances = getattr(loader.sampler, 'num_instances', 1)
    if loader.batch_size and loader.batch_size % num_instances:
        raise ValueError(
            f'train_dataloader.batch_size={loader.batch_size} is no '
            f'multiple of the sampler\'s num_instances={num_instances}, '
            'so identities would be cut in two between batches: write a '
            'multiple.')
    filled = getattr(loader.sampler, 'batch_size', loader.batch_size)
    if filled != loader.batch_size:
        raise ValueError(
            f'The sampler fills batches of {filled} images, but '
            f'train_dataloader.batch_size={loader.batch_size}: write one '
            'number into both.')


def _image_sizes(dataset) -> list:
    """List the sizes that the steps of a pipeline resize to."""
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', [])
    return [
        tuple(step.scale) for step in steps
        if isinstance(step, Resize) and step.scale is not None
    ]
