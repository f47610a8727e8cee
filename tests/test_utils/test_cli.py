import pytest
from mmengine.config import Config

from snreid_mm.utils.cli import format_table, user_errors


@pytest.mark.parametrize('error, line', [
    (ValueError('no such\n  thing'), 'error: no such thing\n'),
    (FileNotFoundError('There is no x.'), 'error: There is no x.\n'),
    (TypeError('not a list'),
     'error: not a list (SNREID_MM_TRACEBACK=1 shows where)\n'),
    (ImportError('run pip'), 'error: run pip\n'),
    (KeyError('A is not in the registry.'),
     'error: A is not in the registry.\n'),
    (ValueError(), 'error: ValueError\n'),
])
def test_a_users_error_is_one_line_and_exit_code_1(capsys, error, line):

    @user_errors
    def main():
        raise error

    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 1
    assert capsys.readouterr().err == line
    with pytest.raises(SystemExit), user_errors():
        raise error
    assert capsys.readouterr().err == line


@pytest.mark.parametrize('error', [
    RuntimeError('x'), KeyError('key'), KeyError(), AssertionError('x')
])
def test_a_bug_keeps_its_traceback(error):
    with pytest.raises(type(error)), user_errors():
        raise error


def test_the_traceback_can_be_had(capsys, monkeypatch):
    monkeypatch.setenv('SNREID_MM_TRACEBACK', '1')
    with pytest.raises(SystemExit), user_errors():
        raise ValueError('wrong')
    printed = capsys.readouterr().err
    assert 'Traceback' in printed
    assert printed.endswith('\nerror: wrong\n')


def test_only_the_sentence_of_a_data_loaders_worker_is_printed(capsys):
    error = ValueError(
        'Caught ValueError in DataLoader worker process 0.\n'
        'Original Traceback (most recent call last):\n'
        '  File "loop.py", line 1, in run\n'
        '    raise ValueError(text)\n'
        'ValueError: a.png was cut off: fetch it\nagain.\n')
    with pytest.raises(SystemExit), user_errors():
        raise error
    assert capsys.readouterr().err == (
        'error: a.png was cut off: fetch it again.\n')


def test_an_error_from_elsewhere_says_how_to_see_more(capsys):
    with pytest.raises(SystemExit), user_errors():
        Config.fromfile('no-such-config.py')
    printed = capsys.readouterr().err
    assert 'no-such-config.py' in printed
    assert printed.endswith('(SNREID_MM_TRACEBACK=1 shows where)\n')


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
