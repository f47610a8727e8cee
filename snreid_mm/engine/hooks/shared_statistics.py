from mmengine.dist import all_reduce_params
from mmengine.hooks import Hook

from snreid_mm.registry import HOOKS


@HOOKS.register_module()
class SharedStatisticsHook(Hook):
    """Give all processes of a training the same batch norm statistics.

    In MMEngine each process keeps the running means of its own batches. A
    validation then compares embeddings of as many networks as there are
    processes, and the checkpoint, which is the first process's, is none that
    was validated. Here the floating-point buffers of all modules in training
    mode are averaged over the processes after each step. As running means are
    linear in the batches, that is the mean over all of them.

    MMEngine's ``SyncBuffersHook`` averages at the end of an epoch, so it
    comes too late for checkpoints by iterations and for a moving average of
    the weights, which keeps buffers of its own.
    """

    # Before EMAHook copies the buffers.
    priority = 'ABOVE_NORMAL'

    def after_train_iter(self,
                         runner,
                         batch_idx: int,
                         data_batch=None,
                         outputs=None) -> None:
        """Average the buffers; nothing is to do in a single process."""
        all_reduce_params(
            [
                buffer for module in runner.model.modules() if module.training
                for buffer in module.buffers(recurse=False)
                if buffer.is_floating_point()
            ],
            op='mean')
