import math

import torch
from mmengine.hooks import Hook
from mmengine.optim import AmpOptimWrapper

from snreid_mm.registry import HOOKS

# Halved that often, a loss scale is zero to a half-precision number.
_MOST_SKIPPED = 40


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stop a training at the step whose loss is no finite number.

    MMEngine's ``CheckInvalidLossHook`` looks at every 50th step, and the
    checkpoint of a training that went wrong in between takes the place of the
    last good one. Here every step is looked at (which costs nothing, because
    MMEngine copies the losses to the CPU for its log anyway), and weights
    that are not finite are not saved.

    A step that mixed precision leaves out, lowering its loss scale, is no
    fault; forty of them in a row are.

    Args:
        tolerance (int): How many steps in a row may have a loss that is not
            finite. Their gradients reach the weights. Defaults to 0.

    Raises:
        FloatingPointError: With the names of the losses, or of the weights.
    """

    # Before the checkpoint of the step is saved.
    priority = 'VERY_HIGH'

    def __init__(self, tolerance: int = 0) -> None:
        self.tolerance = tolerance
        self._in_a_row = 0
        self._scale = None

    def before_train(self, runner) -> None:
        """Note the loss scale of mixed precision."""
        self._is_skipped(runner.optim_wrapper)

    def after_train_iter(self,
                         runner,
                         batch_idx: int,
                         data_batch=None,
                         outputs=None) -> None:
        """Look at the losses of a step."""
        is_skipped = self._is_skipped(runner.optim_wrapper)
        losses = {
            # Detached: torch warns of a number that has a gradient.
            name: float(torch.as_tensor(value).detach())
            for name, value in (outputs or {}).items() if 'loss' in name
        }
        bad = {
            name: value
            for name, value in losses.items() if not math.isfinite(value)
        }
        if not bad:
            self._in_a_row = 0
            return
        self._in_a_row += 1
        if self._in_a_row > (_MOST_SKIPPED if is_skipped else self.tolerance):
            listed = ', '.join(f'{name} is {bad[name]}' for name in bad)
            raise FloatingPointError(
                f'In step {runner.iter + 1} {listed}, so training stops; the '
                'checkpoints before are good. Lower '
                'optim_wrapper.optimizer.lr, clip the gradients '
                '(optim_wrapper.clip_grad), or look at the data of that step; '
                'default_hooks.finite_loss.tolerance lets steps pass.')

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Refuse to save weights that are not finite."""
        bad = [
            name for name, value in checkpoint['state_dict'].items()
            if torch.is_tensor(value) and not torch.isfinite(value).all()
        ]
        if bad:
            step = checkpoint['meta']['iter']
            raise FloatingPointError(
                f'After step {step} {len(bad)} weights of the model are not '
                f'finite ({bad[0]} is the first), so they are not saved; the '
                'checkpoints before are good. Lower '
                'optim_wrapper.optimizer.lr, or clip the gradients '
                '(optim_wrapper.clip_grad).')

    def _is_skipped(self, optim_wrapper) -> bool:
        """Return whether mixed precision has left out the present step."""
        if not isinstance(optim_wrapper, AmpOptimWrapper):
            return False
        before = self._scale
        self._scale = optim_wrapper.loss_scaler.get_scale()
        return before is not None and self._scale < before
