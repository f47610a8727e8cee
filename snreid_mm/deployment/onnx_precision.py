"""Bring an ONNX file to int8."""

import logging
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterable, List, Union

import numpy as np

from .onnx_export import IMAGES
from .packages import import_optional

# What a network spends its time on. Sums, activations and norms between them
# stay in float32.
_KINDS = ('Conv', 'Gemm', 'MatMul')


def quantize_to_int8(source: Union[str, Path], target: Union[str, Path],
                     batches: Iterable[np.ndarray]) -> None:
    """Quantize the layers that have weights, each channel by itself.

    The scales of the activations are those of the extremes over the given
    batches. Products of two maps, such as those of bilinear pooling, stay in
    float32, and so do count sketches.

    Args:
        source (str | Path): A float32 ONNX file.
        target (str | Path): Where to write the other, with
            ``QuantizeLinear`` and ``DequantizeLinear`` around each layer.
        batches (Iterable[np.ndarray]): Images as the file takes them.

    Raises:
        ImportError: If a package is missing.
    """
    onnx = import_optional('onnx')
    tools = import_optional('onnxruntime.quantization')
    shapes = import_optional('onnxruntime.quantization.shape_inference')

    class Reader(tools.CalibrationDataReader):

        def __init__(self):
            self.batches = iter(batches)

        def get_next(self):
            images = next(self.batches, None)
            return None if images is None else {IMAGES: images}

    with _quietly(), tempfile.TemporaryDirectory() as folder:
        prepared = str(Path(folder) / 'prepared.onnx')
        shapes.quant_pre_process(
            str(source), prepared, skip_symbolic_shape=True)
        # Processors without instructions for int8 (VNNI) add the products of
        # two pairs in 16 bits. With unsigned activations they are several
        # times faster than with signed ones, and with weights of 7 bits the
        # sums never overflow.
        tools.quantize_static(
            prepared,
            str(target),
            Reader(),
            quant_format=tools.QuantFormat.QDQ,
            op_types_to_quantize=list(_KINDS),
            nodes_to_exclude=_unweighted(onnx.load(prepared)),
            activation_type=tools.QuantType.QUInt8,
            weight_type=tools.QuantType.QInt8,
            per_channel=True,
            reduce_range=True)


def _unweighted(model) -> List[str]:
    """Name the products that have no learned weights."""
    to_array = import_optional('onnx.numpy_helper').to_array
    constants = {each.name: each for each in model.graph.initializer}
    names = []
    for node in model.graph.node:
        if node.op_type in ('MatMul', 'Gemm'):
            weights = [
                to_array(constants[name]) for name in node.input[:2]
                if name in constants
            ]
            # The matrix of a count sketch has -1, 0 and 1.
            if not weights or np.isin(weights[0], (-1, 0, 1)).all():
                names.append(node.name)
    return names


@contextmanager
def _quietly():
    """Leave out the advice of ONNX Runtime's tools, which log to the root."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
