"""What every command-line tool of the project does alike."""

import argparse
import contextlib
import functools
import io
import logging
import os
import re
import sys
import traceback
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmengine.config import DictAction
from mmengine.logging import MMLogger
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

# What a user can cause: a wrong value or type in a config or a file, a
# missing file, a package that is not installed, a learning rate too high.
_USER_ERRORS = (ValueError, TypeError, KeyError, OSError, ImportError,
                FloatingPointError)


def parse_run_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Add the arguments of every tool that builds a runner, and parse.

    Args:
        parser (argparse.ArgumentParser): The tool's parser, with its own
            arguments.

    Returns:
        argparse.Namespace: The arguments; ``cfg_options``, ``launcher`` and
        ``local_rank`` among them.
    """
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='override config values by their dotted keys, e.g. '
        'data_root=/data/soccernet/reid train_cfg.max_epochs=30; a key that '
        'would do nothing is refused')
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='what starts the processes of a distributed run')
    # Set by torch.distributed.launch.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def named_paths(arguments: Sequence[str],
                default: Callable[[Path], str],
                what: str = 'ranking') -> Dict[str, str]:
    """Split arguments such as ``[NAME=]RANKING``.

    Args:
        arguments (Sequence[str]): The arguments.
        default (Callable): Names a path that has no name.
        what (str): What one path is, for messages. Defaults to
            ``'ranking'``.

    Returns:
        dict[str, str]: The paths by their names.

    Raises:
        ValueError: If two have one name.
    """
    found = {}
    for argument in arguments:
        name, sign, path = argument.partition('=')
        if not sign or Path(argument).exists():
            name, path = default(Path(argument)), argument
        if name in found:
            raise ValueError(
                f'Two {what}s are called {name!r}: write '
                f'NAME={what.upper()} with a name of its own for each.')
        found[name] = path
    return found


def add_action_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a tool that draws actions: ``--num``, ``--action``
    and ``--seed``."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        '--num',
        type=int,
        default=3,
        metavar='N',
        help='draw N actions, chosen at random (default: 3)')
    which.add_argument(
        '--action',
        type=int,
        nargs='+',
        metavar='IDX',
        help='draw the actions of these action_idx')
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='which actions are chosen (default: 0)')


def choose_actions(args: argparse.Namespace, action_idx: np.ndarray,
                   split: str) -> List[int]:
    """Choose actions by the options of :func:`add_action_options`.

    Args:
        args (argparse.Namespace): The arguments.
        action_idx (np.ndarray): The action of each query.
        split (str): What the split is called.

    Returns:
        list[int]: The actions, those of ``--action`` in its order.

    Raises:
        ValueError: If ``--num`` is below 1, or no query is of an action.
    """
    if args.num < 1:
        raise ValueError(f'--num must be at least 1, but is {args.num}.')
    actions = np.unique(action_idx)
    if args.action is None:
        rng = np.random.default_rng(args.seed)
        return np.sort(rng.permutation(actions)[:args.num]).tolist()
    for action in args.action:
        if action not in actions:
            raise ValueError(
                f'--action {action}: {split} has no query of such an action; '
                f'its {len(actions)} actions are {actions[0]} to '
                f'{actions[-1]}.')
    return args.action


def user_errors(function: Optional[Callable] = None):
    """Turn an error that we raised for the user into one line on stderr and
    exit code 1.

    Use it as a decorator (``@user_errors``) or around a block
    (``with user_errors():``). What was raised elsewhere, in a library or in a
    module of the user's own, keeps its traceback, and so does a ``KeyError``
    that holds a bare key and no sentence. The traceback of the others is in
    the run's log file, and with ``SNREID_MM_TRACEBACK=1`` in the environment
    on the terminal too.

    Args:
        function (Callable, optional): The function to decorate. Without it,
            a context manager is returned.

    Returns:
        Callable | ContextManager: The decorated function, or the context
        manager.

    Raises:
        SystemExit: With code 1, in place of the user's error.
    """
    if function is None:
        return _one_line_errors()

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        with _one_line_errors():
            return function(*args, **kwargs)

    return wrapped


@contextlib.contextmanager
def _one_line_errors():
    try:
        yield
    except _USER_ERRORS as error:
        # str() of a KeyError is the repr of what it holds.
        message = str(error.args[0] if isinstance(error, KeyError)
                      and error.args else error)
        message, is_ours = _from_worker(message) or (message, _is_ours(error))
        if not is_ours or isinstance(error, KeyError) and ' ' not in message:
            raise
        _log_traceback()
        if os.environ.get('SNREID_MM_TRACEBACK') == '1':
            traceback.print_exc()
        message = ' '.join(message.split()) or type(error).__name__
        # A hostile file name may hold the commands of a terminal.
        message = ''.join(
            each if each.isprintable() else ascii(each)[1:-1]
            for each in message)
        if isinstance(error, TypeError):  # may be a bug
            message += ' (SNREID_MM_TRACEBACK=1 shows where)'
        print(f'error: {message}', file=sys.stderr)
        raise SystemExit(1) from None


def _is_ours(error: BaseException) -> bool:
    """Whether the code that raised an error is this project's: the package,
    or the script that runs."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    module = frame.f_globals.get('__name__', '')
    return module == '__main__' or module.split('.')[0] == 'snreid_mm'


def _from_worker(message: str) -> Optional[Tuple[str, bool]]:
    """Read what a data loader's worker passes on, the traceback of its
    process as text: the sentence, and whether our code raised it."""
    if 'Original Traceback' not in message:
        return None
    files = re.findall(r'^  File "(.+?)", line', message, re.MULTILINE)
    *_, sentence = re.finditer(r'^[\w.]+: ', message, re.MULTILINE)
    return (message[sentence.end():],
            Path(files[-1]).is_relative_to(Path(__file__).parents[1]))


def _log_traceback() -> None:
    """Write the current traceback to the log file of the run, if any."""
    record = logging.makeLogRecord(
        dict(
            levelno=logging.ERROR,
            levelname='ERROR',
            # A file name may hold what no encoding of text has.
            msg=traceback.format_exc().encode(
                errors='backslashreplace').decode()))
    for handler in MMLogger.get_current_instance().handlers:
        if isinstance(handler, logging.FileHandler):
            handler.emit(record)


def format_table(header: Sequence[str], rows: Sequence[Sequence]) -> str:
    """Format a table as text, in Markdown.

    Rich lays it out. It is as wide as its cells, whatever the terminal: a
    line in a pipe or a log is neither cut nor wrapped.

    Args:
        header (Sequence[str]): The C column names.
        rows (Sequence[Sequence]): Rows of C cells each. A float is formatted
            with two decimals; columns with numbers are aligned to the right.

    Returns:
        str: The table, one line per row, without a final newline.

    Examples:
        >>> print(format_table(('', 'mAP'), [('ours', 63.7)]))
        |      |   mAP |
        |------|-------|
        | ours | 63.70 |
    """
    table = Table(box=box.MARKDOWN)
    for name, *column in zip(header, *rows):
        numbers = any(isinstance(cell, (int, float)) for cell in column)
        table.add_column(Text(name), justify='right' if numbers else 'left')
    for row in rows:
        table.add_row(*(Text(
            f'{cell:.2f}' if isinstance(cell, float) else str(cell))
                        for cell in row))
    # No terminal: no colours, and no width but that of the table.
    console = Console(
        file=io.StringIO(), width=sys.maxsize, color_system=None)
    console.print(table)
    return '\n'.join(
        line for line in console.file.getvalue().splitlines() if line.strip())
