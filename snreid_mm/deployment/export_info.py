"""What an exported file says about itself."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Optional, Sequence, Tuple

import mmcv
import numpy as np

from snreid_mm.utils.strict_json import parse_json

KEY = 'snreid_mm'
_BACKENDS = ('cv2', 'pillow')
_LOADERS = ('LoadImageFromFile', 'LoadCropFromFile')
_AGAIN = 'export it again with tools/deployment/export_onnx.py'


@dataclass(frozen=True)
class ExportInfo:
    """How crops get into an exported file, and where it comes from.

    Args:
        height (int): Of the images, in pixels.
        width (int): Of the images, in pixels.
        interpolation (str): How a crop is brought to that size; see
            :func:`mmcv.imresize`.
        resize_backend (str): Which library does it, ``'cv2'`` or
            ``'pillow'``.
        mean (tuple[float], optional): Of the channels, on the scale 0 to
            255. None, together with ``std``, for a model that takes images
            as they are.
        std (tuple[float], optional): Likewise.
        to_rgb (bool): Whether the model wants R, G, B. ``mean`` and ``std``
            are in the model's order.
        folded (bool): Whether the file does that itself, and takes B, G, R
            from 0 to 255.
        input_type (str): Of the numbers that the file takes, ``'float32'``
            or ``'uint8'``.
        embedding_dim (int): D, the length of an embedding.
        unit_length (bool): Whether every embedding has a length of 1.
        flip_test (bool): Whether each embedding is averaged with that of the
            mirrored image.
        model (str): The classes of the model and its parts.
        config (str): The name of the config file.
        checkpoint (str): The name of the checkpoint file.
        checkpoint_sha256 (str): Its digest.
        precision (str): ``'float32'``, ``'float16'`` or ``'int8'``.
    """

    height: int
    width: int
    interpolation: str
    resize_backend: str
    mean: Optional[Tuple[float, ...]]
    std: Optional[Tuple[float, ...]]
    to_rgb: bool
    folded: bool
    input_type: str
    embedding_dim: int
    unit_length: bool
    flip_test: bool
    model: str
    config: str
    checkpoint: str
    checkpoint_sha256: str
    precision: str = 'float32'

    def to_json(self) -> str:
        """Write it as JSON, for the file's metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def from_metadata(cls, metadata: dict, source: str) -> 'ExportInfo':
        """Read it from the metadata of an ONNX file.

        Args:
            metadata (dict): The metadata, texts by their names.
            source (str): The file, for messages.

        Raises:
            ValueError: If there is none of ours, or it is not whole.
        """
        if KEY not in metadata:
            raise ValueError(f'{source} has no metadata {KEY!r}, so nobody '
                             f'knows what its images are: {_AGAIN}.')
        content = parse_json(metadata[KEY].encode(), source, _AGAIN)
        names = {field.name for field in fields(cls)}
        given = set(content) if isinstance(content, dict) else set()
        if given != names or content['resize_backend'] not in _BACKENDS:
            raise ValueError(f'The metadata {KEY!r} of {source} are of '
                             f'another version, or damaged: {_AGAIN}.')
        for key in ('mean', 'std'):
            if content[key] is not None:
                content[key] = tuple(content[key])
        return cls(**content)

    def resize(self, crop: np.ndarray) -> np.ndarray:
        """Bring a crop to the size of the images, as the data set does.

        Args:
            crop (np.ndarray): Shape (height, width, 3), uint8.

        Returns:
            np.ndarray: Of the same kind.
        """
        return mmcv.imresize(
            crop, (self.width, self.height),
            interpolation=self.interpolation,
            backend=self.resize_backend)

    def prepare(self, images: np.ndarray) -> np.ndarray:
        """Turn images of the data set into what the file takes.

        Args:
            images (np.ndarray): B, G, R from 0 to 255. Shape (N, 3, H, W).

        Returns:
            np.ndarray: The same, normalized as the model's data preprocessor
            does where the file does not do it.
        """
        if not self.folded and self.to_rgb:
            images = images[:, ::-1]
        images = np.ascontiguousarray(images, self.input_type)
        if self.folded or self.mean is None:
            return images
        mean, std = (
            np.float32(values).reshape(-1, 1, 1)
            for values in (self.mean, self.std))
        return (images - mean) / std


def read_resize(pipeline: Sequence[dict]) -> Tuple[int, int, str, str]:
    """Read from a test pipeline how a crop gets its size.

    Args:
        pipeline (Sequence[dict]): Loading, one ``Resize``, ``PackInputs``.

    Returns:
        tuple[int, int, str, str]: Height and width in pixels, interpolation
        and library.

    Raises:
        ValueError: If there is anything else, which the exported file would
            not do.
    """
    steps = [
        step for step in pipeline
        if step['type'].split('.')[-1] not in (*_LOADERS, 'PackInputs')
    ]
    names = ', '.join(step['type'] for step in steps) or 'nothing'
    if len(steps) != 1 or steps[0]['type'].split('.')[-1] != 'Resize':
        raise ValueError(
            'test_dataloader.dataset.pipeline has '
            f'{names} between loading and PackInputs, but who uses the file '
            'can only be told of one Resize: change the pipeline, or leave '
            'the rest out.')
    step = steps[0]
    scale = step.get('scale')
    if isinstance(scale, int):
        scale = (scale, scale)
    if scale is None or step.get('keep_ratio', False):
        raise ValueError(
            'Resize in test_dataloader.dataset.pipeline gives images of many '
            'sizes: write scale=(width, height), without keep_ratio.')
    return (scale[1], scale[0], step.get('interpolation', 'bilinear'),
            step.get('backend', 'cv2'))
