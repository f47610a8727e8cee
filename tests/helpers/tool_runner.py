import runpy
import sys

import pytest


@pytest.fixture
def run_tool(monkeypatch, capsys):
    """Run a script in this process, which has imported all it needs already;
    return its exit code, what it printed and its errors."""

    def run(path, *args):
        monkeypatch.setattr(sys, 'argv', [str(path), *map(str, args)])
        code = 0
        try:
            runpy.run_path(str(path), run_name='__main__')
        except SystemExit as stop:
            code = stop.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run
