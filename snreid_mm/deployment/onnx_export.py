"""Write a network as an ONNX file."""

import contextlib
import logging
import warnings
from pathlib import Path
from typing import Optional, Tuple, Union

import torch
from mmengine.utils import digit_version

from .embedding_network import EmbeddingNetwork
from .export_info import KEY, ExportInfo
from .packages import import_optional

EXPORTERS = ('torchscript', 'dynamo')
_TORCH = digit_version(torch.__version__)
# 18 is the one that every ONNX Runtime of the last years reads, and the first
# of the dynamo exporter; from 16 on a scatter adds. torch 2.1 writes means in
# the form of 17, which 18 refuses; 2.2 and 2.3 were not tried.
OPSET = 18 if _TORCH >= digit_version('2.4') else 17
IMAGES, EMBEDDINGS = 'images', 'embeddings'


def export_onnx(network: EmbeddingNetwork,
                file: Union[str, Path],
                size: Tuple[int, int],
                *,
                batch_size: Optional[int] = None,
                uint8: bool = False,
                half: bool = False,
                exporter: str = 'torchscript') -> None:
    """Write a network as an ONNX file.

    Args:
        network (EmbeddingNetwork): The network, in evaluation mode.
        file (str | Path): Where to.
        size (tuple[int, int]): Height and width of the images, in pixels.
        batch_size (int, optional): How many images the file takes at once.
            Defaults to None, any number.
        uint8 (bool): Whether images come as uint8 and not as float32.
            Defaults to False.
        half (bool): Whether to compute in float16 what mixed precision
            computes in it; images and embeddings stay as they are. Defaults
            to False.
        exporter (str): Which of PyTorch's exporters does it:

            - ``'torchscript'`` follows the network through one batch, in
              any precision. PyTorch keeps it as a legacy.
            - ``'dynamo'``, PyTorch's new one, takes ten times as long, needs
              onnxscript and torch 2.6, and knows no mixed precision.

            Both write the same numbers. Defaults to ``'torchscript'``.

    Raises:
        ImportError: If a package is missing.
        ValueError: If the exporter cannot do it.
    """
    import_optional('onnx')
    images = torch.rand(
        batch_size or 2, 3, *size, generator=torch.Generator().manual_seed(0))
    images = (255 * images).byte() if uint8 else images
    options = {}
    if exporter == 'dynamo':
        if half or _TORCH < digit_version('2.6'):
            raise ValueError(
                'The dynamo exporter ' +
                ('knows no mixed precision' if half else
                 f'needs torch 2.6, but {torch.__version__} is installed') +
                ': use the other, --exporter torchscript.')
        import_optional('onnxscript')
        options = dict(external_data=False)
        if batch_size is None:
            options['dynamic_shapes'] = ({0: torch.export.Dim('batch')}, )
    elif batch_size is None:
        options['dynamic_axes'] = {
            name: {
                0: 'batch'
            }
            for name in (IMAGES, EMBEDDINGS)
        }
    if half and _TORCH < digit_version('2.4'):
        raise ValueError(
            'An export in float16 needs torch 2.4, but '
            f'{torch.__version__} is installed: install a newer one, or '
            'leave --precision float16 out.')
    if _TORCH >= digit_version('2.5'):
        options['dynamo'] = exporter == 'dynamo'
    try:
        # A context that is off is not entered either: torch 2.1 refuses it.
        precision = torch.autocast(
            'cpu', dtype=torch.float16) if half else contextlib.nullcontext()
        with torch.no_grad(), _quietly(), precision:
            torch.onnx.export(
                network, (images, ),
                str(file),
                input_names=[IMAGES],
                output_names=[EMBEDDINGS],
                opset_version=OPSET,
                verbose=False,
                **options)
    except Exception as error:  # whatever the network leads to
        reason = str(error).strip().split('\n')[0]
        other, = set(EXPORTERS) - {exporter}
        raise ValueError(
            f'PyTorch\'s exporter {exporter!r} cannot export this model '
            f'({type(error).__name__}: {reason}): try --exporter {other}, or '
            'change the part that it names.') from error


def write_info(file: Union[str, Path], info: ExportInfo) -> bytes:
    """Put what a file is into it.

    Args:
        file (str | Path): An ONNX file, which stays as it is.
        info (ExportInfo): What it is.

    Returns:
        bytes: The file with it. Traces of the exporting machine, such as
        paths of sources, are not in it.
    """
    onnx = import_optional('onnx')
    model = onnx.load(str(file))
    for each in (model, model.graph, *model.graph.node, *model.graph.input,
                 *model.graph.output, *model.graph.value_info,
                 *model.graph.initializer):
        each.ClearField('doc_string')
        each.ClearField('metadata_props')
    del model.functions[:]
    model.metadata_props.add(key=KEY, value=info.to_json())
    return model.SerializeToString()


@contextlib.contextmanager
def _quietly():
    """Leave out warnings about the legacy, and about what a trace fixes: the
    file is compared with the model afterwards."""
    logger = logging.getLogger('torch.onnx')
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        logger.setLevel(level)
