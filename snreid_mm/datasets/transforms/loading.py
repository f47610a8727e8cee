import logging
from typing import Optional

from mmcv.transforms import LoadImageFromFile
from mmengine import fileio
from mmengine.logging import print_log

from snreid_mm.registry import TRANSFORMS
from snreid_mm.utils.frame_cues import frame_cues
from snreid_mm.utils.images import decode_image


@TRANSFORMS.register_module()
class LoadCropFromFile(LoadImageFromFile):
    """Load a crop, and name the file when that fails.

    It does what MMCV's ``LoadImageFromFile`` does, and also refuses a PNG or
    a JPEG that is truncated or damaged
    (:func:`~snreid_mm.utils.images.decode_image`), because training would go
    on with a partly grey picture.

    A sample that holds its image already is passed on as it is. That is what
    MMPretrain's inferencers put into a pipeline, after removing the loading
    transforms whose names they know.

    Required Keys:

    - img_path (unless ``img`` is there)

    Added Keys:

    - img (np.ndarray): (height, width, 3), BGR.
    - img_shape (tuple): (height, width) in pixels.
    - ori_shape (tuple): The same; stays when the image is resized.
    - frame_cues (np.ndarray): Shape (C, ), if ``frame_cues``.

    Args:
        to_float32 (bool): Whether to convert the image from uint8 to
            float32. Defaults to False.
        color_type (str): The flag for :func:`mmcv.imfrombytes`. Defaults to
            'color'.
        imdecode_backend (str): The decoder, see :func:`mmcv.imfrombytes`.
            Defaults to 'cv2'.
        ignore_empty (bool): Whether to return None for a file that is missing
            or broken, with a warning, instead of raising an error; a training
            set then takes another crop at random. ``SkipUnreadableHook`` does
            the same up to a number of crops, and lists them. Defaults to
            False.
        check_size (bool): Whether to refuse a crop of another size than the
            ``height`` and ``width`` of the sample, where it has them. Set
            it to False for crops that you have made smaller. Defaults to
            True.
        frame_cues (bool): Whether to measure
            :func:`~snreid_mm.evaluation.functional.matching.frame_cues` of
            the crop, for a metric with ``own_frame`` or ``embeddings_file``,
            which then need not read it a second time. Defaults to False.
        backend_args (dict, optional): Arguments of the file backend of
            :mod:`mmengine.fileio`. Defaults to None.

    Raises:
        ValueError: If ``frame_cues`` are to be measured without colour.
    """

    def __init__(self,
                 to_float32: bool = False,
                 color_type: str = 'color',
                 imdecode_backend: str = 'cv2',
                 ignore_empty: bool = False,
                 check_size: bool = True,
                 *,
                 frame_cues: bool = False,
                 backend_args: Optional[dict] = None) -> None:
        super().__init__(
            to_float32=to_float32,
            color_type=color_type,
            imdecode_backend=imdecode_backend,
            ignore_empty=ignore_empty,
            backend_args=backend_args)
        if frame_cues and color_type != 'color':
            raise ValueError("frame_cues=True needs color_type='color', but "
                             f'it is {color_type!r}.')
        self.check_size = check_size
        self.frame_cues = frame_cues

    def transform(self, results: dict) -> Optional[dict]:
        """Load the image.

        Args:
            results (dict): The sample.

        Returns:
            dict | None: The sample with its image; None for a broken file if
            ``ignore_empty``.

        Raises:
            ValueError: If it is missing, empty, truncated, damaged, no image,
                too large for Pillow (179 million pixels) or of another size
                than its name says. The message names the file.
        """
        if results.get('img') is not None:
            return results
        path = results['img_path']
        img = reason = None
        try:
            img = decode_image(
                fileio.get(path, backend_args=self.backend_args),
                self.color_type, self.imdecode_backend)
        except (OSError, ValueError) as error:
            reason = error
        if img is not None and self.check_size:
            found = dict(zip(('height', 'width'), img.shape))
            named = {key: results.get(key, found[key]) for key in found}
            if found != named:
                img, reason = None, f'it has {found}, but its name {named}'
        if img is None:
            message = (
                f'The crop {path} cannot be read: {reason}; fetch it again (a '
                'split of SoccerNet with tools/dataset_tools/download.py), or '
                'leave it out.')
            if self.ignore_empty:
                print_log(message, logger='current', level=logging.WARNING)
                return None
            raise ValueError(message)
        if self.frame_cues:
            results['frame_cues'] = frame_cues(img)
        if self.to_float32:
            img = img.astype('float32')
        results['img'] = img
        results['img_shape'] = img.shape[:2]
        results['ori_shape'] = img.shape[:2]
        return results
