"""The Python of docs/user_guides/deployment.md, with a file and crops."""

import re
import shutil
from pathlib import Path

import numpy as np

GUIDE = Path(__file__).resolve().parents[2] / 'docs/user_guides/deployment.md'


def test_both_ways_to_use_a_file_give_the_same(exported, pitch_test, tmp_path,
                                               monkeypatch):
    blocks = re.findall(r'```python\n(.*?)```', GUIDE.read_text(), re.DOTALL)
    # The inferencer has tests of its own.
    blocks = [block for block in blocks if 'snreid_mm.apis' not in block]
    assert len(blocks) == 2
    _, path = exported('resnet50-fc512', folded=True)
    for name in ('model.onnx', 'tracker.onnx'):
        shutil.copy(path, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    paths = [each['data_samples'].img_path for each in pitch_test[:5]]
    results = []
    for block in blocks:
        names = dict(paths=paths)
        exec(compile(block, GUIDE.name, 'exec'), names)
        results.append(names['embeddings'])
    np.testing.assert_allclose(*results, atol=1e-5)
    assert names['distances'].shape == (5, 5)
    assert names['distances'].max() > .01
