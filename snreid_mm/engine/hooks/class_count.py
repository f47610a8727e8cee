import gc

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper, OptimWrapperDict

from snreid_mm.registry import HOOKS


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
    buckets are made for parameters of one size. Strategies that shard
    parameters need ``model.head.num_classes`` written.
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
                identities.
        """
        if not isinstance(runner.optim_wrapper,
                          (OptimWrapper, OptimWrapperDict)):
            return
        is_wrapped = is_model_wrapper(runner.model)
        model = runner.model.module if is_wrapped else runner.model
        head = getattr(model, 'head', None)
        if not getattr(head, 'lacks_classes', False):
            return
        head.set_num_classes(count_identities(runner.train_dataloader.dataset))
        if isinstance(runner.cfg.get('model'), dict):
            # Into the config of the checkpoints, which resuming compares.
            runner.cfg.model.head.num_classes = head.num_classes
        if is_wrapped:
            runner.model = None
            gc.collect()  # the old wrapper's hooks on the gradients
            runner.model = runner.wrap_model(
                runner.cfg.get('model_wrapper_cfg'), model)


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
