import pytest

from snreid_mm.models.functional import onnx


def test_check_onnx_opset(monkeypatch):
    onnx.check_onnx_opset('A neck')  # PyTorch's default will do
    for opset in (16, 20, None):
        monkeypatch.setattr(onnx, '_opset', lambda: opset)
        onnx.check_onnx_opset('A neck')
    monkeypatch.setattr(onnx, '_opset', lambda: 13)
    with pytest.raises(ValueError, match='A neck .* opset 13, .*_version=16'):
        onnx.check_onnx_opset('A neck')


def test_the_opset_is_found():
    # None would switch the check off in silence.
    assert onnx._opset() >= 16
