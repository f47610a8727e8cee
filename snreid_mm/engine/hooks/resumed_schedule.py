"""Parameter schedulers whose length changed between a stop and a resume.

MMEngine ends a scheduler whose config sets no ``end`` with the training
(``train_cfg``), and its state remembers that end. Resumed with more epochs,
the scheduler would stand still for all of them, silently.
"""

from typing import Iterator, List, Tuple

# What moves while a scheduler runs; everything else describes its curve.
_PROGRESS = ('last_step', '_global_step', '_last_value', 'base_values',
             'verbose', 'end')


def flatten(schedulers) -> list:
    """List the schedulers, or their states, of all optimizers in the order of
    the config."""
    if isinstance(schedulers, dict):
        return [item for group in schedulers.values() for item in group]
    return list(schedulers or [])


def changed_curves(schedulers: list,
                   states: List[dict]) -> Iterator[Tuple[str, object, object]]:
    """Find what would be another curve than the one the checkpoint is on.

    Numbers that a config leaves out can follow from the length of the
    training, or of an epoch, and so from the batch size.

    Args:
        schedulers (list): The schedulers, built from the present config.
        states (list[dict]): Their states in the checkpoint.

    Yields:
        tuple: Dotted key, value in the checkpoint, value now.
    """
    for i, (scheduler, state) in enumerate(zip(schedulers, states)):
        now = scheduler.state_dict()
        for key in sorted({*now, *state} - {*_PROGRESS}):
            if now.get(key) != state.get(key):
                yield (f'param_scheduler.{i}.{key}', state.get(key),
                       now.get(key))


def move_ends(schedulers: list, states: List[dict]) -> list:
    """Write the present ends of schedulers into their states of a checkpoint,
    in place, before the runner loads them.

    Returns:
        list: The schedulers that had come to their end, and that must make
        one step, the one they left out there, once they are loaded.
    """
    waiting = []
    for scheduler, state in zip(schedulers, states):
        old, state['end'] = state['end'], scheduler.end
        if old <= state['_global_step'] < scheduler.end:
            state['_global_step'] -= 1
            waiting.append(scheduler)
    return waiting
