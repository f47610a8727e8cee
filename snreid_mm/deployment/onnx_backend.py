"""Embeddings from an exported file."""

from pathlib import Path
from typing import Optional, Sequence, Union

import numpy as np

from .export_info import ExportInfo
from .packages import import_optional


class OnnxBackend:
    """An exported file, which turns crops into embeddings.

    Crops are resized and normalized as the file says, which is how the data
    set does it.

    Args:
        file (str | Path): What ``tools/deployment/export_onnx.py`` wrote.
        batch_size (int): How many images are computed at once, where the
            file leaves it open. Defaults to 32.
        providers (Sequence[str]): What computes, of those that the installed
            ONNX Runtime has. Defaults to the CPU.
        threads (int, optional): Threads of the CPU. Defaults to None, one
            for each core.

    Attributes:
        info (ExportInfo): What the file says about itself.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If ONNX Runtime is not installed.
        ValueError: If it is no ONNX file, or none of ours, or if there is no
            such provider.

    Example:
        >>> backend = OnnxBackend('model.onnx')
        >>> embeddings = backend.embed([cv2.imread('crop.png')])
    """

    def __init__(self,
                 file: Union[str, Path],
                 *,
                 batch_size: int = 32,
                 providers: Sequence[str] = ('CPUExecutionProvider', ),
                 threads: Optional[int] = None) -> None:
        runtime = import_optional('onnxruntime')
        if not Path(file).is_file():
            raise FileNotFoundError(f'There is no exported file {file}.')
        if batch_size < 1:
            raise ValueError(f'batch_size must be 1 or more, but is '
                             f'{batch_size}.')
        available = runtime.get_available_providers()
        missing = [each for each in providers if each not in available]
        if missing:  # or it would go on with the CPU, and warn
            raise ValueError(
                f'The installed ONNX Runtime has no provider {missing[0]!r}, '
                f'but {", ".join(available)}: name one of these, or install '
                'the package that has it, such as onnxruntime-gpu.')
        options = runtime.SessionOptions()
        options.log_severity_level = 3  # no warnings about its own graph
        if threads is not None:
            options.intra_op_num_threads = threads
        try:
            self._session = runtime.InferenceSession(
                str(file), options, providers=list(providers))
        except Exception as error:  # it has a class for each reason
            reason = str(error).split('\n')[0]
            raise ValueError(f'{file} cannot be opened as an ONNX file '
                             f'({reason}): export it again.') from error
        self.info = ExportInfo.from_metadata(
            self._session.get_modelmeta().custom_metadata_map, str(file))
        given, = self._session.get_inputs()
        self._name = given.name
        # A file of one size takes no other.
        self._fixed = given.shape[0] if isinstance(given.shape[0],
                                                   int) else None
        self.batch_size = self._fixed or batch_size

    def embed(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """Compute the embeddings of crops of any size.

        Args:
            crops (Sequence[np.ndarray]): N crops, each of shape (height,
                width, 3), uint8, in the order B, G, R, as ``cv2.imread``
                gives them.

        Returns:
            np.ndarray: Shape (N, D), float32.

        Raises:
            ValueError: If something is no such crop; the message has its
                position.
        """
        for i, crop in enumerate(crops):
            if getattr(crop, 'dtype', None) != np.uint8 or crop.ndim != 3 or (
                    crop.shape[2] != 3) or not crop.size:
                raise ValueError(
                    f'Crop {i} is {getattr(crop, "dtype", type(crop))} of '
                    f'shape {getattr(crop, "shape", "()")}: give uint8 of '
                    'shape (height, width, 3), B, G, R, as cv2.imread does.')
        parts = [np.empty((0, self.info.embedding_dim), np.float32)]
        for i in range(0, len(crops), self.batch_size):
            images = [
                self.info.resize(crop) for crop in crops[i:i + self.batch_size]
            ]
            parts.append(self.embed_images(np.stack(images).transpose(
                0, 3, 1, 2)))  # (N, 3, H, W)
        return np.concatenate(parts)

    def embed_images(self, images: np.ndarray) -> np.ndarray:
        """Compute the embeddings of images that have the file's size, as the
        data set gives them.

        Args:
            images (np.ndarray): B, G, R from 0 to 255, shape (N, 3, H, W).

        Returns:
            np.ndarray: Shape (N, D), float32.

        Raises:
            ValueError: If they have another size.
        """
        size = 3, self.info.height, self.info.width
        if images.ndim != 4 or images.shape[1:] != size:
            raise ValueError(
                f'The images have the shape {images.shape}, but the exported '
                f'file takes (N, {", ".join(map(str, size))}): write '
                f'scale=({size[2]}, {size[1]}) into Resize, or export with '
                'this config.')
        return self.run(self.info.prepare(images))

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """Compute the embeddings of what the file takes.

        Args:
            inputs (np.ndarray): Images as :meth:`ExportInfo.prepare` gives
                them, shape (N, 3, H, W).

        Returns:
            np.ndarray: Shape (N, D), float32.
        """
        parts = [np.empty((0, self.info.embedding_dim), np.float32)]
        for i in range(0, len(inputs), self.batch_size):
            batch = inputs[i:i + self.batch_size]
            count = len(batch)
            if self._fixed is not None and count < self._fixed:
                batch = np.resize(batch, (self._fixed, *batch.shape[1:]))
            embeddings, = self._session.run(None, {self._name: batch})
            parts.append(embeddings[:count])
        return np.concatenate(parts)
