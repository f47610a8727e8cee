"""Load weights so that a checkpoint that does not fit is an error.

MMEngine's ``Pretrained`` logs what does not fit and leaves it out, so a part
stream whose checkpoint is another model's would start from random numbers.
"""

import re
from collections import OrderedDict
from typing import List, Sequence

import torch
from mmengine.logging import print_log
from mmengine.model import PretrainedInit
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from snreid_mm.utils.safe_load import check_checkpoint_file

# PyTorch's older checkpoints lack this, and nothing depends on it.
_COUNTER = '.num_batches_tracked'


def load_fitting(module: nn.Module,
                 checkpoint: str,
                 *,
                 name: str,
                 remedy: str,
                 prefix: str = '',
                 may_lack: Sequence[str] = (),
                 may_hold: Sequence[str] = ()) -> None:
    """Load a checkpoint into a module, all of it or none.

    Args:
        module (nn.Module): The module. After an error part of the checkpoint
            can be loaded; do not use the module further.
        checkpoint (str): A path, or a URL of a scheme that MMEngine knows.
        name (str): What the module is, for messages.
        remedy (str): What to do where the checkpoint does not fit, for
            messages.
        prefix (str): The part of the checkpoint to load, by the start of its
            names. Defaults to '', which is all of it.
        may_lack (Sequence[str]): The starts of names that the checkpoint may
            lack. Those weights stay as they are.
        may_hold (Sequence[str]): The starts of names that the checkpoint may
            hold and the module does not have.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is cut off or holds no weights, or if a
            weight is missing from it, unknown to the module, or of another
            shape. The message names them.
    """
    check_checkpoint_file(checkpoint)
    loaded = CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu')
    state = _weights(loaded, checkpoint, prefix)
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    missing, unknown, misfits = _load(module, state)
    missing = [key for key in missing if not key.startswith(tuple(may_lack))]
    left_out = [key for key in unknown if key.startswith(tuple(may_hold))]
    unknown = [key for key in unknown if key not in left_out]

    own = {
        key: tuple(value.shape)
        for key, value in module.state_dict().items()
    }
    needed = [
        key for key in own if not key.endswith(_COUNTER)
        and not key.startswith(tuple(may_lack))
    ]
    if missing or unknown or misfits:
        if not set(needed) - set(missing) - set(misfits):
            reasons = [
                f'none of its {len(shapes)} weights fits (its first is '
                f'{next(iter(shapes))}, the first that is needed '
                f'{needed[0]})'
            ]
        else:
            reasons = [
                f'{len(keys)} weight{"s are" if len(keys) > 1 else " is"} '
                f'{what} ({_some(keys, *tables)})' for keys, what, tables in (
                    (missing, 'missing from it', (own, )),
                    (unknown, 'unknown to the model', (shapes, )),
                    (misfits, 'of another shape', (shapes, own))) if keys
            ]
        raise ValueError(f'The checkpoint {checkpoint} does not fit {name}: '
                         f'{"; ".join(reasons)}. {remedy}')
    more = ''
    if left_out:
        more = (f'; {len(left_out)} that it has no use for are left out: '
                f'{", ".join(left_out)}')
    print_log(
        f'{name}: {len(shapes) - len(left_out)} weights loaded from '
        f'{checkpoint}{more}.',
        logger='current')


def pretrained_cfgs(init_cfg) -> List[dict]:
    """Take the ``Pretrained`` ones out of an ``init_cfg``.

    Args:
        init_cfg (dict | list[dict], optional): How a module is initialized.

    Returns:
        list[dict]: Those that load a checkpoint.
    """
    cfgs = init_cfg or []
    return [
        cfg for cfg in ([cfgs] if isinstance(cfgs, dict) else cfgs)
        if cfg.get('type') in ('Pretrained', PretrainedInit)
    ]


class FittingInit:
    """Mixin of modules that refuse a checkpoint that does not fit them.

    It stands before MMEngine's ``BaseModule`` among the bases. MMEngine would
    load what fits and go on.

    Attributes:
        fitting (dict): The arguments ``name``, ``remedy``, ``may_lack`` and
            ``may_hold`` of :func:`load_fitting`.
    """

    fitting: dict

    def init_weights(self) -> None:
        """Initialize the weights, and refuse a checkpoint that does not fit.

        Raises:
            FileNotFoundError: If there is no such checkpoint.
            ValueError: If the checkpoint does not fit; see
                :func:`load_fitting`.
        """
        if self.is_init:
            return
        init_cfg = self.init_cfg
        cfgs = init_cfg or []
        cfgs = [cfgs] if isinstance(cfgs, dict) else cfgs
        pretrained = pretrained_cfgs(cfgs)
        # MMEngine is given the rest.
        self.init_cfg = [cfg for cfg in cfgs if cfg not in pretrained]
        if self.init_cfg:
            super().init_weights()
        self.init_cfg = init_cfg
        self._is_init = True
        for cfg in pretrained:
            load_fitting(
                self,
                cfg['checkpoint'],
                prefix=cfg.get('prefix') or '',
                **self.fitting)


def check_some_fit(module: nn.Module, init_cfg, key: str) -> None:
    """Refuse an ``init_cfg`` whose checkpoint has no weight of a module.

    A published backbone need not fit whole: stages may be left out, or norm
    layers added. But where nothing fits, MMEngine's ``Pretrained`` leaves the
    module as it is, random, and only the log says so. Mostly the ``prefix``
    is missing.

    Args:
        module (nn.Module): The module, whose weights stay as they are.
        init_cfg (dict | list[dict], optional): How it is initialized. What
            is not ``Pretrained`` is passed over.
        key (str): The key of the module in the config, for the message.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file holds no weights, or none that fits.
    """
    shapes = {
        name: tuple(value.shape)
        for name, value in module.state_dict().items()
    }
    for cfg in pretrained_cfgs(init_cfg):
        checkpoint = cfg['checkpoint']
        check_checkpoint_file(checkpoint)
        loaded = CheckpointLoader.load_checkpoint(
            checkpoint, map_location='cpu')
        state = _weights(loaded, checkpoint, cfg.get('prefix') or '')
        if any(shapes.get(name) == tuple(value.shape)
               for name, value in state.items()):
            continue
        raise ValueError(
            f'None of the {len(state)} weights of {checkpoint} fits {key} '
            f'({type(module).__name__}): its first is {next(iter(state))}, '
            f'the first that is needed {next(iter(shapes))}. Give the '
            f'checkpoint of this network, with {key}.init_cfg.prefix if its '
            'names start with one, such as \'backbone.\'.')


def _weights(loaded, checkpoint: str, prefix: str) -> OrderedDict:
    """Take the weights out of what a checkpoint file holds."""
    if isinstance(loaded, dict) and 'state_dict' in loaded:
        loaded = loaded['state_dict']
    if not isinstance(loaded, dict) or not loaded:
        raise ValueError(f'{checkpoint} holds no weights: give a checkpoint '
                         'of MMEngine, or a state dict.')
    # DataParallel and its kin put this before every name.
    state = OrderedDict((re.sub(r'^module\.', '', key), value)
                        for key, value in loaded.items()
                        if isinstance(value, torch.Tensor))
    if prefix:
        prefix = prefix.rstrip('.') + '.'
        state = OrderedDict((key[len(prefix):], value)
                            for key, value in state.items()
                            if key.startswith(prefix))
    elif hasattr(loaded, '_metadata'):
        # The versions by which modules know and convert old weights.
        state._metadata = loaded._metadata
    if not state:
        raise ValueError(f'{checkpoint} holds no weight whose name starts '
                         f'with {prefix!r}.')
    return state


def _load(module: nn.Module, state: OrderedDict):
    """Load what fits and tell what does not, as three lists of names."""
    missing: List[str] = []
    unknown: List[str] = []
    misfits: List[str] = []

    def keep(_, incompatible) -> None:
        missing.extend(incompatible.missing_keys)
        unknown.extend(incompatible.unexpected_keys)

    # A shape that differs is an exception even if strict is off, and then
    # there is no result to read: a hook sees the lists before that.
    handle = module.register_load_state_dict_post_hook(keep)
    try:
        module.load_state_dict(state, strict=False)
    except RuntimeError as error:
        misfits.extend(re.findall(r'size mismatch for (\S+):', str(error)))
        if not misfits:
            raise
    finally:
        handle.remove()
    missing = [key for key in missing if not key.endswith(_COUNTER)]
    return missing, unknown, misfits


def _some(keys: Sequence[str], shapes: dict, needed: dict = None) -> str:
    """Show the first of the names, with their shapes."""
    shown = []
    for key in keys[:3]:
        text = f'{key} {shapes.get(key, "")}'
        if needed is not None:
            text += f', needed {needed[key]}'
        shown.append(text)
    return '; '.join(shown) + ('; …' if len(keys) > 3 else '')
