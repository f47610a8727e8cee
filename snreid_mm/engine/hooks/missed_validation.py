"""A validation that a training was stopped in.

MMEngine saves the checkpoint of an epoch before it validates the epoch, and
resumes behind both. A process that is killed during a validation would so
leave it out for good, and the epoch could never become the best.
"""

from bisect import bisect

from mmengine.runner import EpochBasedTrainLoop, Runner

# Where a checkpoint says which validation it knows of. The checkpoint of an
# epoch is written again if the epoch is the best so far, and knows its own.
_KEY = 'last_validated_iter'


def note_validation(runner: Runner) -> None:
    """Note that the present state is validated.

    Args:
        runner (Runner): The runner, before a validation.
    """
    runner.message_hub.update_info(_KEY, runner.iter)


def make_up_validation(runner: Runner) -> None:
    """Validate the resumed state, if that was due and is not known to be done.

    Args:
        runner (Runner): The runner of a resumed training, before its first
            step.
    """
    loop = runner.train_loop
    if runner.val_loop is None:
        return
    done, end = loop.iter, loop.max_iters
    if isinstance(loop, EpochBasedTrainLoop):
        done, end = loop.epoch, loop.max_epochs
    # The interval may change during a training.
    step = bisect(loop.dynamic_milestones, done + 1)
    is_due = done >= loop.val_begin and (
        done % loop.dynamic_intervals[step - 1] == 0 or done == end)
    if not is_due or runner.message_hub.get_info(_KEY) == runner.iter:
        return
    runner.logger.info(
        'The training may have been stopped before its last validation was '
        'over, so that is done first.')
    runner.val_loop.run()
