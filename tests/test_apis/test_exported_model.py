import sys
from pathlib import Path

import numpy as np
import pytest

from snreid_mm.apis import PlayerReIDInferencer

TOOL = Path(__file__).parents[2] / 'tools/deployment/export_onnx.py'


@pytest.fixture
def exported(tiny_model, run_tool, tmp_path):
    """The tiny model as a file."""
    pytest.importorskip('onnx')
    pytest.importorskip('onnxruntime')
    file = tmp_path / 'model.onnx'
    code, _, errors = run_tool(TOOL, tiny_model.config, tiny_model.checkpoint,
                               '--out', file, '--check', 'noise')
    assert code == 0, errors
    return file


def test_it_stands_for_the_network(exported, tiny_model, folder):
    plain = PlayerReIDInferencer(
        tiny_model.config, tiny_model.checkpoint, progress=False)
    found = PlayerReIDInferencer(
        exported,
        calibration=tiny_model.calibration,
        batch_size=3,
        progress=False)
    assert found.embedding_dim == plain.embedding_dim
    np.testing.assert_allclose(
        found.extract(folder).values,
        plain.extract(folder).values,
        atol=1e-5)
    ranked = found.rank(folder, folder)
    assert (ranked.order[:, 0] == np.arange(8)).all()
    assert ranked.probabilities is not None


def test_what_it_cannot_do(exported, tiny_model, tmp_path):
    with pytest.raises(ValueError, match='has its own weights'):
        PlayerReIDInferencer(exported, tiny_model.checkpoint)
    with pytest.raises(ValueError, match='precision that it was exported'):
        PlayerReIDInferencer(exported, precision='bfloat16')
    found = PlayerReIDInferencer(exported, progress=False)
    with pytest.raises(ValueError, match='is an exported file'):
        found.save_pretrained(tmp_path / 'saved')


def test_a_missing_file():
    pytest.importorskip('onnxruntime')
    with pytest.raises(FileNotFoundError, match='no exported file none.onnx'):
        PlayerReIDInferencer('none.onnx')


def test_a_missing_package(tmp_path, monkeypatch):
    file = tmp_path / 'model.onnx'
    file.touch()
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    with pytest.raises(ImportError, match='need onnxruntime, which cannot be '
                       'imported .*: run `pip install onnx onnxruntime'):
        PlayerReIDInferencer(file)
