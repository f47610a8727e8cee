import argparse
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.logging import MMLogger

from snreid_mm.utils import cli
from snreid_mm.utils.cli import (add_action_options, choose_actions,
                                 format_table, user_errors)


def throw(error, module='snreid_mm.somewhere'):
    """Raise an error as a module would."""
    exec('raise error', dict(__name__=module, error=error))


@pytest.mark.parametrize('error, line', [
    (ValueError('no such\n  thing'), 'error: no such thing\n'),
    (FileNotFoundError('There is no x.'), 'error: There is no x.\n'),
    (TypeError('not a list'),
     'error: not a list (SNREID_MM_TRACEBACK=1 shows where)\n'),
    (ImportError('run pip'), 'error: run pip\n'),
    (KeyError('A is not in the registry.'),
     'error: A is not in the registry.\n'),
    (ValueError(), 'error: ValueError\n'),
    (ValueError('\x1b[31mred\x07 \udcff\0 ä'),
     'error: \\x1b[31mred\\x07 \\udcff\\x00 ä\n'),
    (FloatingPointError('loss is nan'), 'error: loss is nan\n'),
])
@pytest.mark.parametrize('module', ['snreid_mm.somewhere', '__main__'])
def test_our_error_is_one_line_and_exit_code_1(capsys, error, line, module):
    with pytest.raises(SystemExit) as stop:
        user_errors(throw)(error, module)
    assert stop.value.code == 1
    assert capsys.readouterr().err == line
    with pytest.raises(SystemExit), user_errors():
        throw(error, module)
    assert capsys.readouterr().err == line


def test_its_traceback_is_in_the_log_file_whatever_a_name_holds(tmp_path,
                                                               capsys):
    MMLogger.get_instance('cli-log', log_file=str(tmp_path / 'run.log'))
    with pytest.raises(SystemExit), user_errors():
        throw(ValueError('a \udcff name'))
    assert capsys.readouterr().err == 'error: a \\udcff name\n'
    assert 'ValueError: a \\udcff name' in (tmp_path / 'run.log').read_text()


@pytest.mark.parametrize('error', [
    RuntimeError('x'), KeyError('key'), KeyError(), AssertionError('x')
])
def test_a_bug_keeps_its_traceback(error):
    with pytest.raises(type(error)), user_errors():
        throw(error)


@pytest.mark.parametrize('error', [
    ValueError('wrong'), ImportError('no such'), KeyError('A is not there.')
])
@pytest.mark.parametrize('module', ['my_module', 'snreid_mm_of_mine.x'])
def test_an_error_of_the_users_own_module_is_shown_by_python(error, module):
    with pytest.raises(type(error)), user_errors():
        throw(error, module)


def test_an_error_of_a_library_is_shown_by_python():
    with pytest.raises(FileNotFoundError), user_errors():
        Config.fromfile('no-such-config.py')


def test_the_traceback_can_be_had(capsys, monkeypatch):
    monkeypatch.setenv('SNREID_MM_TRACEBACK', '1')
    with pytest.raises(SystemExit), user_errors():
        throw(ValueError('wrong'))
    printed = capsys.readouterr().err
    assert 'Traceback' in printed
    assert printed.endswith('\nerror: wrong\n')


def test_the_traceback_is_in_the_log_of_the_run(tmp_path, capsys):
    file = tmp_path / 'run.log'
    MMLogger.get_instance(tmp_path.name, log_file=str(file))
    with pytest.raises(SystemExit), user_errors():
        throw(ValueError('wrong'))
    assert 'Traceback' in file.read_text()
    assert 'ValueError: wrong' in file.read_text()
    assert capsys.readouterr().err == 'error: wrong\n'


@pytest.mark.parametrize('path, is_ours', [
    (Path(cli.__file__).parents[1] / 'datasets/x.py', True),
    (Path('/home/me/my_transforms.py'), False),
])
def test_only_the_sentence_of_a_data_loaders_worker_is_printed(
        capsys, path, is_ours):
    error = ValueError(
        'Caught ValueError in DataLoader worker process 0.\n'
        'Original Traceback (most recent call last):\n'
        '  File "loop.py", line 1, in run\n'
        f'  File "{path}", line 1, in run\n'
        '    raise ValueError(text)\n'
        'ValueError: a.png was cut off: fetch it\nagain.\n')
    with pytest.raises(SystemExit if is_ours else ValueError), user_errors():
        throw(error, 'torch.utils')
    assert capsys.readouterr().err == (
        'error: a.png was cut off: fetch it again.\n' if is_ours else '')


def test_the_decorator_passes_arguments_and_results():

    @user_errors
    def add(a, b=1):
        """Add."""
        return a + b

    assert add(1, b=2) == 3
    assert add.__doc__ == 'Add.'


def test_a_table_is_aligned_and_never_cut(monkeypatch):
    monkeypatch.setenv('COLUMNS', '20')
    monkeypatch.setenv('FORCE_COLOR', '1')
    table = format_table(('name', 'mAP', 'n'),
                         [('ours [red]', 63.7, 5), ('chance', 4., 12)])
    assert table.split('\n') == [
        '| name       |   mAP |  n |',
        '|------------|-------|----|',
        '| ours [red] | 63.70 |  5 |',
        '| chance     |  4.00 | 12 |',
    ]


def _choose(actions, *options):
    parser = argparse.ArgumentParser()
    add_action_options(parser)
    args = parser.parse_args([str(option) for option in options])
    return choose_actions(args, np.array(actions), 'test')


def test_actions_are_chosen_at_random_or_by_number():
    actions = [7, 3, 3, 9, 5]
    assert _choose(actions, '--num', 9) == [3, 5, 7, 9]
    first = _choose(actions, '--num', 2)
    assert first == _choose(actions, '--num', 2) == sorted(first)
    assert len({tuple(_choose(actions, '--num', 2, '--seed', seed))
                for seed in range(9)}) > 1
    assert _choose(actions, '--action', 9, 3) == [9, 3]
    with pytest.raises(ValueError, match='--action 4: test has no query .* 4 '
                       'actions are 3 to 9'):
        _choose(actions, '--action', 4)
    with pytest.raises(ValueError, match='--num must be at least 1'):
        _choose(actions, '--num', 0)
