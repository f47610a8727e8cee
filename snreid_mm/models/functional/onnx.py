"""What has to be known of an ONNX export that is under way."""

import importlib
from typing import Optional

# Where PyTorch's older exporter, the one by tracing, keeps its settings: from
# 2.9 on, and before.
_GLOBALS = ('torch.onnx._internal.torchscript_exporter._globals',
            'torch.onnx._globals')


def check_onnx_opset(what: str) -> None:
    """Refuse an opset in which a scatter cannot add.

    PyTorch's older exporter then writes one that keeps the last of the
    values that fall into a bucket, without a word.

    Args:
        what (str): What is exported, for the message.

    Raises:
        ValueError: If the opset is below 16.
    """
    opset = _opset()
    if opset is not None and opset < 16:
        raise ValueError(
            f'{what} cannot be exported to ONNX opset {opset}, in which a '
            'scatter cannot add: call torch.onnx.export with '
            'opset_version=16 or more.')


def _opset() -> Optional[int]:
    for name in _GLOBALS:
        try:
            settings = importlib.import_module(name).GLOBALS
        except ImportError:
            continue
        return settings.export_onnx_opset_version
    return None
