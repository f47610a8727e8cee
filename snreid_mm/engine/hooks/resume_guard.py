from mmengine.config import Config
from mmengine.hooks import Hook

from snreid_mm.registry import HOOKS
from snreid_mm.utils.compat import is_resuming
from snreid_mm.utils.config import flatten_config
from snreid_mm.utils.plain_config import parse_plain_config
from .missed_validation import make_up_validation, note_validation
from .resumed_schedule import changed_curves, flatten, move_ends
from .state_layout import match_state_layout

_MISSING = object()
_LOSS_SCALE = 'optim_wrapper.loss_scale'


def _scales_loss(leaves: dict) -> bool:
    return 'AmpOptimWrapper' in str(leaves.get('optim_wrapper.type'))


@HOOKS.register_module()
class ResumeGuardHook(Hook):
    """Refuse a resumed run whose changed settings would be ignored, and make
    up the validation that it was stopped in.

    ``runner.resume`` loads the optimizer, the parameter schedulers, the loss
    scaler, the weights and the seed from the checkpoint, so a new value of
    their settings has no effect, and MMEngine does not say so. And the
    classifier counts the identities that the data had. This hook
    compares the config in the checkpoint with the present one and stops with
    the names of the settings that differ and would be ignored. Everything
    else (``train_cfg.max_epochs``, data root, pipeline, loss weights, hooks,
    gradient clipping, the log's interval) is honoured, and may change. More
    epochs lengthen the schedulers that end with the training, unless that
    changes their curve (a cosine without ``T_max``): then they are refused.

    The comparison covers a changed config file as well as ``--cfg-options``.

    Where a validation was due at the checkpoint, and the checkpoint does not
    know that it was done, it is done first; MMEngine would leave it out.
    """

    # What the state in a checkpoint fixes when a run is resumed.
    IGNORED = (
        'optim_wrapper.optimizer',
        'optim_wrapper.paramwise_cfg',
        'optim_wrapper.constructor',
        'optim_wrapper.loss_scale',
        'param_scheduler',
        'randomness.seed',
        # What makes other identities, and so another classifier.
        'model.head.loss_cls.type',
        'model.head.num_classes',
        'train_dataloader.dataset.fraction',
        'train_dataloader.dataset.roles',
        'train_dataloader.dataset.split',
        'train_dataloader.dataset.type',
    )

    # Before every hook that could act on the loaded state.
    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._waiting = []
        self._is_resumed = False

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Compare the two configs.

        Args:
            runner (Runner): The runner of the training process.
            checkpoint (dict): The checkpoint that was read, before any of it
                went into the runner.

        Raises:
            ValueError: If the run is resumed and a setting differs that
                resuming would ignore.
        """
        if not is_resuming(runner):
            return
        if 'optimizer' not in checkpoint:
            raise ValueError(
                'The checkpoint holds no optimizer state, so training cannot '
                'be resumed from it; to start a new run from its weights, '
                'leave out --resume and give --cfg-options '
                'load_from=CHECKPOINT.')
        changes = self._changed_settings(runner, checkpoint)
        schedulers = flatten(runner.param_schedulers)
        states = flatten(checkpoint.get('param_schedulers'))
        changes = changes or list(changed_curves(schedulers, states))
        if changes:
            listed = '; '.join(f'{key}: {old} in the checkpoint, {new} now'
                               for key, old, new in changes)
            raise ValueError(
                'Resuming goes on with these settings of the checkpoint and '
                f'cannot take the new values ({listed}). Put the old values '
                'back (some follow from the number of epochs or the batch '
                'size) to resume, or start a new run from the weights with '
                '--cfg-options load_from=CHECKPOINT and without --resume.')
        self._waiting = move_ends(schedulers, states)
        self._is_resumed = True

    def before_train(self, runner) -> None:
        """Step the schedulers that had stopped at the old end, and put
        the optimizer's state in the order of the weights."""
        for scheduler in self._waiting:
            scheduler.step()
        self._waiting = []
        if self._is_resumed:
            match_state_layout(runner.optim_wrapper)

    def before_train_epoch(self, runner) -> None:
        """Make up the validation, when every hook is ready for it."""
        self._make_up_validation(runner)

    def after_train(self, runner) -> None:
        """Make up the validation, if no epoch was left to train."""
        self._make_up_validation(runner)

    def before_val_epoch(self, runner) -> None:
        """Note that the present state is validated."""
        note_validation(runner)

    def _make_up_validation(self, runner) -> None:
        if self._is_resumed:
            self._is_resumed = False
            make_up_validation(runner)

    def _changed_settings(self, runner, checkpoint: dict) -> list:
        saved = checkpoint.get('meta', {}).get('cfg')
        if saved is None:
            runner.logger.warning(
                'The checkpoint holds no config: cannot check whether '
                'changed settings are ignored by resuming.')
            return []
        return self.ignored_changes(
            Config(parse_plain_config(saved)), runner.cfg)

    @classmethod
    def ignored_changes(cls, old: Config, new: Config) -> list:
        """List the settings that differ and that resuming ignores.

        Args:
            old (Config): The config of the checkpoint.
            new (Config): The present config.

        Returns:
            list[tuple]: (dotted key, old value, new value) of each.
        """
        leaves_old, leaves_new = (
            flatten_config(cfg.to_dict()) for cfg in (old, new))
        changes = []
        for key in sorted({*leaves_old, *leaves_new}):
            ignored = key.startswith(
                tuple(f'{name}.' for name in cls.IGNORED)) \
                or key in cls.IGNORED or (key.startswith('model.')
                                          and '.init_cfg' in key)
            before = leaves_old.get(key, _MISSING)
            after = leaves_new.get(key, _MISSING)
            # float32 and bfloat16 have no loss scale; theirs is no change.
            if key.startswith(_LOSS_SCALE) and not (
                    _scales_loss(leaves_old) and _scales_loss(leaves_new)):
                continue
            if ignored and before != after:
                changes.append((key, *('unset' if value is _MISSING else value
                                       for value in (before, after))))
        return changes
