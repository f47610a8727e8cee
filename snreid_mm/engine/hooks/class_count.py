import gc

from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import FlexibleRunner
from torch import nn

from snreid_mm.registry import HOOKS
from snreid_mm.utils.distributed import unwrap


@HOOKS.register_module()
class ClassCountHook(Hook):
    """Size the identity classifier when the training set is known.

    The identity loss needs one class for each training identity, a number
    that follows from the data (split, ``fraction``, roles). MMEngine builds
    the model before the data, so :class:`~snreid_mm.models.ReIDHead` begins
    with a classifier of no classes where a config leaves ``num_classes`` out.
    Before the run its parameters, the same objects that the optimizer holds,
    get their size. A number that the config sets is left alone.

    Works with ``DistributedDataParallel``, which is wrapped anew, because its
    buckets are made for parameters of one size. MMEngine's ``FlexibleRunner``
    shards the parameters before any hook is called, so there the tools call
    :func:`size_classifier` beforehand.
    """

    # Before a moving average copies the weights.
    priority = 'VERY_HIGH'

    def before_run(self, runner) -> None:
        """Count the identities, and size the classifier.

        Args:
            runner (Runner): The runner. One that only tests has no
                optimizer, and is left as it is.

        Raises:
            ValueError: If the training set does not know its number of
                identities, or a strategy has the parameters already.
        """
        if not isinstance(runner.optim_wrapper,
                          (OptimWrapper, OptimWrapperDict)):
            return
        model = unwrap(runner.model)
        if isinstance(runner, FlexibleRunner):
            if getattr(getattr(model, 'head', None), 'lacks_classes', False):
                raise ValueError(
                    'A strategy has the parameters before the identities are '
                    'counted: write model.head.num_classes='
                    f'{count_identities(runner.train_dataloader.dataset)} '
                    'into the config, or train with tools/train.py.')
            return
        if not size_classifier(runner, model):
            return
        if model is not runner.model:
            runner.model = None
            gc.collect()  # the old wrapper's hooks on the gradients
            runner.model = runner.wrap_model(
                runner.cfg.get('model_wrapper_cfg'), model)


def size_classifier(runner, model: nn.Module) -> bool:
    """Give the classifier of a model one class for each training identity.

    Args:
        runner (Runner | FlexibleRunner): The runner, whose config gets the
            number too.
        model (nn.Module): Its model, not wrapped.

    Returns:
        bool: Whether there was a classifier without a size.
    """
    head = getattr(model, 'head', None)
    if not getattr(head, 'lacks_classes', False):
        return False
    head.set_num_classes(count_identities(runner.train_dataloader.dataset))
    if isinstance(runner.cfg.get('model'), dict):
        # Into the config of the checkpoints, which resuming compares.
        runner.cfg.model.head.num_classes = head.num_classes
    return True


def count_identities(dataset) -> int:
    """Return the ``num_identities`` of a training set, wrapped or not.

    Raises:
        ValueError: If it does not know the number, or joins data sets.
    """
    inner = dataset
    while getattr(inner, 'num_identities', None) is None:
        if not hasattr(inner, 'dataset'):
            raise ValueError(
                f'{type(inner).__name__} has no num_identities, the number '
                'of classes of the identity loss: write '
                'model.head.num_classes into the config.')
        inner = inner.dataset
    return int(inner.num_identities)
