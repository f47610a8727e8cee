"""Every bash and Python block of the documents is executed, or says why not.

A block that is not executed has the mark ``<!-- not executed: REASON -->`` on
the line above it. Of its commands the arguments are still parsed by their
tool, and configs loaded with the options given.

The real data set of the commands is a tiny synthetic pitch here, and
``RANKINGS.json``, ``A.json`` and the like are rankings by colour of it. The
checkpoint of the demo is one of random weights.
"""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import mmpretrain
import pytest
import torch
from mmengine.config import Config

from snreid_mm.utils.config import load_config

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md')),
    *sorted((ROOT / 'configs').glob('*/README.md'))
]
MARK = re.compile(r'<!-- not executed: \S.+ -->\n\Z')
PITCHES = ('data/soccernet/reid', 'data/pitch-bench', 'data/pitch-demo')
RANKINGS = ('RANKINGS.json', 'A.json', 'B.json', 'a.json', 'b0.json',
            'b1.json')
# What stands in a command for something of the reader's own.
ANY_CONFIG = 'configs/demo/resnet18-fc128_b64-12e_pitch-demo_128x64.py'


def blocks(language):
    """The blocks of all documents: id, document, text and whether marked."""
    for path in DOCUMENTS:
        text = path.read_text()
        fence = re.compile(rf'^```{language}\n(.*?)^```', re.DOTALL | re.M)
        for match in fence.finditer(text):
            line = text.count('\n', 0, match.start()) + 1
            yield pytest.param(
                path,
                match[1],
                bool(MARK.search(text[:match.start()])),
                id=f'{path.relative_to(ROOT)}:{line}')


@pytest.fixture
def workspace(tmp_path, tiny_pitch, monkeypatch):
    """A repository's root with a tiny pitch in the place of the data."""
    shutil.copytree(ROOT / 'configs', tmp_path / 'configs')
    (tmp_path / 'configs/my').mkdir()
    for name in ('benchmarks', 'tools'):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in PITCHES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).symlink_to(tiny_pitch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope='session')
def demo_checkpoint(tmp_path_factory):
    """What ``make demo`` leaves, but not trained."""
    path = tmp_path_factory.mktemp('demo') / 'epoch_9.pth'
    network = mmpretrain.get_model(
        'two-stream-resnet18_b64-9e_pitch-demo_128x64')
    torch.save(dict(state_dict=network.state_dict()), path)
    return path


def commands(text):
    """The arguments of each ``python`` of a block, as bash hands them on.

    Nothing is executed: what a block calls only prints its arguments.
    """
    stubs = ''.join(f'{name}() {{ :; }}\n'
                    for name in ('make', 'pip', 'mim', 'source', 'ls', 'srun',
                                 'torchrun'))
    script = 'python() { printf "%q " "$@" >&3; echo >&3; }\n' + stubs
    text = re.sub(r'\[=LABEL\]| \.\.\.', '', text)
    result = subprocess.run(
        ['bash', '-c', f'exec 3>&1 1>/dev/null\n{script}{text}'],
        capture_output=True, text=True)
    assert not result.stderr, result.stderr
    return [shlex.split(line) for line in result.stdout.splitlines()]


class Parsed(Exception):
    """Raised in the place of what a tool does after parsing."""


def check(arguments, monkeypatch, run_tool):
    """Parse the arguments with the tool's parser, and load its configs."""
    from argparse import ArgumentParser
    parse, parsed = ArgumentParser.parse_args, []

    def stop(self, *args, **kwargs):
        parsed.append(parse(self, *args, **kwargs))
        raise Parsed

    with monkeypatch.context() as patch:
        patch.setattr(ArgumentParser, 'parse_args', stop)
        with pytest.raises(Parsed):
            run_tool(*arguments)
    args = parsed[0]
    if arguments[0] in ('tools/train.py', 'tools/test.py'):
        load_config(args.config, args.cfg_options)
    for argument in arguments:
        for path in re.findall(r'configs/[\w./-]+\.py', argument):
            assert Path(path).is_file(), path


@pytest.mark.parametrize('path, text, marked', list(blocks('bash')))
def test_bash(path, text, marked, workspace, monkeypatch, run_tool):
    calls = commands(text)
    assert calls or marked
    for arguments in calls:
        arguments = [
            ANY_CONFIG if argument == 'CONFIG' else argument
            for argument in arguments
        ]
        if marked:
            check(arguments, monkeypatch, run_tool)
            continue
        if 'make_synthetic.py' in arguments[0]:
            Path(arguments[1]).unlink()  # the tool makes it
            arguments = [*arguments, '--preset', 'tiny', '--workers', '1']
        for name in set(RANKINGS).intersection(
                re.findall(r'\w+\.json', ' '.join(arguments))):
            code, _, err = run_tool('tools/analysis_tools/rank_by_colour.py',
                                    name, '--data-root', PITCHES[0])
            assert code == 0, err
        code, _, err = run_tool(*arguments)
        assert not code, err


@pytest.mark.parametrize('path, text, marked', list(blocks('python')))
def test_python(path, text, marked, workspace, request):
    if marked:
        compile(text, path.name, 'exec')
        return
    if 'work_dirs/demo' in text:
        demo = workspace / 'work_dirs' / 'demo'
        demo.mkdir(parents=True)
        (demo / 'epoch_9.pth').symlink_to(
            request.getfixturevalue('demo_checkpoint'))
    if not re.search(r'^(_base_|model) = ', text, re.M):
        exec(compile(text, f'{path.name}', 'exec'), {'__name__': 'block'})
        return
    # A config. One without a base goes on with the first of its document.
    if '_base_' not in text:
        base = re.search(r'^_base_ = .*\n', path.read_text(), re.M)[0]
        text = base + text
    in_family = path.parent.parent.name == 'configs'
    family = path.parent.name if in_family else 'my'
    file = workspace / 'configs' / family / 'of_the_reader.py'
    file.write_text(text)
    assert Config.fromfile(file).model.type == 'snreid_mm.PlayerReID'
