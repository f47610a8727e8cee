"""Run the tools in this process, which has imported all they need already."""

import io
import os
import runpy
import subprocess
import sys
from collections import OrderedDict
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from mmengine.visualization import Visualizer
from mmpretrain.visualization import UniversalVisualizer

ROOT = Path(__file__).resolve().parents[2]


def environment_of(*folders, **variables):
    """Make the environment of a process of a test: it imports this package,
    and from some folders, before what it would import anyway."""
    path = [ROOT, *folders, os.environ.get('PYTHONPATH', '')]
    return dict(
        os.environ,
        PYTHONPATH=os.pathsep.join(str(each) for each in path if each),
        PYTHONWARNINGS='ignore',
        **variables)


@contextmanager
def no_runner_before(*kinds):
    """Hide what runners left behind for the whole process."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in (DefaultScope, MessageHub, Visualizer,
                     UniversalVisualizer, *kinds):
            patch.setattr(kind, '_instance_dict', OrderedDict())
        yield


def run_script(path, *args):
    """Run a script as a process of its own would; return its exit code."""
    with no_runner_before(MMLogger), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'argv', [str(path), *map(str, args)])
        try:
            runpy.run_path(str(path), run_name='__main__')
        except SystemExit as stop:
            return stop.code or 0
    return 0


def run_captured(path, *args):
    """Run a script; return what :func:`subprocess.run` would."""
    printed, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(printed), redirect_stderr(errors):
        code = run_script(path, *args)
    return SimpleNamespace(
        returncode=code, stdout=printed.getvalue(), stderr=errors.getvalue())


class _ScriptProcess:
    """A script that has ended when this is made."""

    def __init__(self, command, stdout, stderr):
        with redirect_stdout(stdout), redirect_stderr(stderr or sys.stderr):
            self.returncode = run_script(*command)

    def poll(self):
        return self.returncode

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def popen_script(command, popen=subprocess.Popen, **options):
    """Takes the place of ``subprocess.Popen``, for ``python -u SCRIPT``."""
    if command[:2] != [sys.executable, '-u']:
        return popen(command, **options)
    return _ScriptProcess(command[2:], **options)


@pytest.fixture
def run_tool(capsys):
    """Run a script; return its exit code, what it printed and its errors."""

    def run(path, *args):
        code = run_script(path, *args)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run
