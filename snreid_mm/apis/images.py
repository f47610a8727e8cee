"""What people give to be embedded, as one list of crops."""

import glob
import os
import zipfile
import zlib
from pathlib import Path
from typing import (Any, Iterable, Iterator, List, NamedTuple, Optional,
                    Sequence, Tuple, Union)

import numpy as np

from snreid_mm.soccernet.folder_scan import is_picture
from snreid_mm.utils.images import decode_image

CHANNEL_ORDERS = ('bgr', 'rgb')

Images = Union[str, Path, np.ndarray, 'ImageCrop', Sequence]


class ImageCrop(NamedTuple):
    """A crop: a picture of its own, or a box in a frame.

    Args:
        image (str | Path | zipfile.Path | np.ndarray): The picture or the
            frame: its file, or its pixels, uint8, (height, width, 3).
        name (str): What files and messages call the crop.
        box (tuple[float], optional): Left, top, right and bottom in the
            frame, in pixels. None takes the whole picture. Defaults to None.
        person (str, optional): Whom the crop shows, where an annotation says
            so. It changes no embedding. Defaults to None.
    """

    image: Union[str, Path, zipfile.Path, np.ndarray]
    name: str
    box: Optional[Tuple[float, float, float, float]] = None
    person: Optional[str] = None


def find_crops(images: Images) -> List[ImageCrop]:
    """List the crops that somebody means.

    Args:
        images: A picture's file; a folder, of which all pictures are taken
            that lie in it or below, by name; a glob such as
            ``'crops/**/*.jpg'``; pixels (height, width, 3), or a batch of
            them; an :class:`ImageCrop`; or a list of any of these.

    Returns:
        list[ImageCrop]: At least one. No file has been read.

    Raises:
        FileNotFoundError: If there is no such file, or no picture in the
            folder.
        TypeError: If it is none of these.
        ValueError: If the list is empty.
    """
    crops = list(_find(images))
    if not crops:
        raise ValueError('There is no image in the list: give one at least.')
    return crops


def _find(images: Images, place: str = 'array') -> Iterator[ImageCrop]:
    if isinstance(images, ImageCrop):
        yield images
    elif isinstance(images, (str, os.PathLike)):
        for path in _find_files(Path(images)):
            yield ImageCrop(path, str(path))
    elif isinstance(images, np.ndarray):
        if images.ndim == 4:
            yield from _find(list(images), place)
        else:
            yield ImageCrop(images, place)
    elif isinstance(images, (list, tuple)):
        for i, each in enumerate(images):
            yield from _find(each, f'{place} {i}')
    else:
        raise TypeError(
            f'A {type(images).__name__} is no image: give paths, folders, '
            'globs, arrays of pixels or ImageCrops.')


def _find_files(path: Path) -> List[Path]:
    if path.is_file():
        return [path]
    if path.is_dir():
        found = [each for each in path.rglob('*') if is_picture(each.name)]
    elif glob.has_magic(str(path)):
        found = [Path(each) for each in glob.iglob(str(path), recursive=True)]
    else:
        raise FileNotFoundError(f'There is no image {path}: correct the path.')
    found = sorted(each for each in found if each.is_file())
    if not found:
        kind = 'folder' if path.is_dir() else 'pattern'
        raise FileNotFoundError(
            f'The {kind} {path} holds no image (PNG, JPEG, BMP, TIFF, WebP): '
            'correct the path.')
    return found


def load_crops(crops: Iterable[ImageCrop],
               channel_order: str = 'bgr') -> Iterator[np.ndarray]:
    """Read crops one by one.

    A frame is read once for all boxes of it that follow one another.

    Args:
        crops (Iterable[ImageCrop]): The crops.
        channel_order (str): ``'bgr'`` or ``'rgb'``, that of arrays; files
            need none. Defaults to ``'bgr'``, as OpenCV has it.

    Yields:
        np.ndarray: (height, width, 3), uint8, B, G, R.

    Raises:
        TypeError: If the image of an :class:`ImageCrop` is neither a file nor
            an array.
        ValueError: If a file is no image, an array has another type or
            shape, or a box is not four numbers, has no area or lies outside
            its frame. The message names the crop.
    """
    if channel_order not in CHANNEL_ORDERS:
        raise ValueError(f'channel_order must be \'bgr\' or \'rgb\', but is '
                         f'{channel_order!r}.')
    last: Any = None
    pixels = None
    for crop in crops:
        if pixels is None or crop.image is not last:
            last, pixels = crop.image, _read(crop, channel_order)
        yield pixels if crop.box is None else _cut(pixels, crop)


def _read(crop: ImageCrop, channel_order: str) -> np.ndarray:
    path = Path(crop.image) if isinstance(crop.image, str) else crop.image
    if not isinstance(path, (Path, zipfile.Path, np.ndarray)):
        raise TypeError(
            f'The image of {crop.name} is a {type(path).__name__}, but must '
            'be a file or an array of pixels, uint8, (height, width, 3).')
    if not isinstance(path, np.ndarray):
        try:
            return decode_image(path.read_bytes())
        # zipfile raises a KeyError for what is not in the file.
        except (OSError, ValueError, KeyError, zipfile.BadZipFile,
                zlib.error) as error:
            raise ValueError(
                f'{path} cannot be read as an image: {error}; replace '
                'it or leave it out.') from error
    image = crop.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 \
            or not image.size:
        remedy = 'convert it first'
        if image.dtype.kind == 'f' and image.size:
            remedy = (f'its values lie from {image.min():g} to '
                      f'{image.max():g}, so bring them to 0 to 255 and '
                      'convert with .astype(np.uint8)')
        raise ValueError(
            f'{crop.name} is of type {image.dtype} and shape {image.shape}, '
            'but an image is uint8, 0 to 255, of shape (height, width, 3): '
            f'{remedy}.')
    return image if channel_order == 'bgr' else image[..., ::-1]


def _cut(frame: np.ndarray, crop: ImageCrop) -> np.ndarray:
    """Cut a box out; what of it lies outside the frame is left away."""
    try:
        box = np.asarray(crop.box, np.float64)
    except (TypeError, ValueError):
        box = np.empty(0)
    if box.shape != (4, ) or not np.isfinite(box).all():
        raise ValueError(
            f'The box {crop.box!r} of {crop.name} is not four numbers: it '
            'must be left, top, right, bottom in pixels.')
    height, width = frame.shape[:2]
    if (box[2:] <= box[:2]).any():
        raise ValueError(
            f'The box {box.tolist()} of {crop.name} has no area: it must be '
            'left, top, right, bottom in pixels, right and bottom the '
            'larger.')
    left, top = np.floor(box[:2].clip(0)).astype(int)
    right, bottom = np.ceil(box[2:].clip(max=(width, height))).astype(int)
    if right <= left or bottom <= top:
        raise ValueError(
            f'The box {box.tolist()} of {crop.name} lies outside its frame '
            f'of {width} x {height} pixels: correct it or leave it out.')
    return frame[top:bottom, left:right]
