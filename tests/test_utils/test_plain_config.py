import math
import os
from pathlib import Path

import pytest
from mmengine.config import Config

from snreid_mm.utils.plain_config import parse_plain_config

CONFIGS = Path(__file__).parents[2] / 'configs'


@pytest.mark.parametrize('name', [
    'demo/two-stream-resnet18_b64-9e_pitch-demo_128x64.py',
    'pose/td-hm_openpose_b32-1e_pitch-bench_96x48.py'
])
def test_it_reads_what_mmengine_writes(name):
    cfg = Config.fromfile(CONFIGS / name)
    assert parse_plain_config(cfg.pretty_text) == cfg.to_dict()


def test_all_kinds_of_values():
    values = dict(
        a=[-1, 2.5, (3, ), None, True, 'x\n"', b'y', {1}],
        b=dict(c={}, d={'e f': 1}, g=dict(h=-math.inf)))
    assert parse_plain_config(Config(values).pretty_text) == values


@pytest.mark.parametrize('text', [
    '__import__("os").mkdir("made")',
    'a = __import__("os").mkdir("made")',
    'a = dict(b=[__import__("os").mkdir("made")])',
    'a = dict(__import__("os").mkdir("made"))',
    'a = dict(**dict(b=1))',
    'a[__import__("os").mkdir("made")] = 1',
    'a = [b for b in [1]]',
    'a = f"{__import__(\'os\').mkdir(\'made\')}"',
    'a = lambda: 1',
    'import os',
    'def f():\n    pass',
    'a = b',
    'a = b = 1',
    'a.b = 1',
    '_base_ = "other.py"',
    'a = ',
    'a = ' + '(' * 10_000,
    'a = ' + '-' * 100_000 + '1',
    '\0',
])
def test_code_is_refused_and_not_run(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match='^The config is '):
        parse_plain_config(text)
    assert not os.path.exists('made')
