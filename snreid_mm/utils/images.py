"""Reading a picture whole or not at all."""

import io
from pathlib import Path
from typing import Union

import mmcv
import numpy as np
from PIL import Image

_PNG_SIGNATURE = b'\x89PNG\r\n\x1a\n'
_JPEG_SIGNATURE, _JPEG_END = b'\xff\xd8\xff', b'\xff\xd9'


def decode_image(data: bytes,
                 color_type: str = 'color',
                 backend: str = 'cv2') -> np.ndarray:
    """Decode a picture, and refuse one that is truncated or damaged.

    Decoders may silently turn such a file into a partly grey picture. Pillow
    checks the checksums of a PNG's chunks, which costs about 5 % of the
    decoding; a JPEG has no checksum, but a mark at its end.

    Args:
        data (bytes): The file.
        color_type (str): The flag for :func:`mmcv.imfrombytes`. Defaults to
            'color', which is B, G, R.
        backend (str): The decoder, see :func:`mmcv.imfrombytes`. Defaults to
            'cv2'.

    Returns:
        np.ndarray: (height, width, 3), uint8.

    Raises:
        ValueError: If it is empty, truncated, damaged, no image or too large
            for Pillow (179 million pixels). The message is the reason alone.
    """
    try:
        if data.startswith(_PNG_SIGNATURE):
            Image.open(io.BytesIO(data)).verify()
        if data.startswith(_JPEG_SIGNATURE) and _JPEG_END not in data:
            raise ValueError('its end is missing')
        image = data and mmcv.imfrombytes(
            data, flag=color_type, backend=backend)
    except (OSError, ValueError, SyntaxError,
            Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(image, np.ndarray):
        raise ValueError('it is empty or no image')
    return image


def read_image(path: Union[str, Path]) -> np.ndarray:
    """Read an image file of a data set.

    Args:
        path (str | Path): The file.

    Returns:
        np.ndarray: (height, width, 3), uint8, BGR.

    Raises:
        ValueError: If it is missing, or :func:`decode_image` refuses it. The
            message names it.
    """
    try:
        return decode_image(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f'{path} cannot be read as an image: {error}; fetch '
                         'the data set again.') from error
