from typing import Tuple

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform

from snreid_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class ResizeCropWithKeypoints(BaseTransform):
    """Resize a whole crop and its keypoints to a pose estimator's input.

    It stands where MMPose has ``GetBBoxCenterScale`` and ``TopdownAffine``.
    Those widen a box and keep its proportions. Re-identification knows
    nothing around the crop and stretches it to the input, and so does this:
    a part stream then sees what its pose estimator was trained on.

    Required Keys:

    - img
    - keypoints (np.ndarray, optional): (1, K, 2), x and y in pixels, from 0 at
      the crop's left and upper edge to its width and height at the others.
    - flip, flip_direction (optional): What MMPose's ``RandomFlip`` did. It
      mirrors the indices of pixels, which ends one pixel before the edge;
      that pixel is added again.

    Modified Keys:

    - img
    - img_shape

    Added Keys:

    - input_size (tuple): (width, height) in pixels.
    - bbox_center (np.ndarray): (1, 2), the middle of the crop as it was.
    - bbox_scale (np.ndarray): (1, 2), width and height of the crop as it was,
      by which MMPose brings predictions back to its pixels.
    - input_center, input_scale (np.ndarray): (2, ), the same two, where
      MMPose >= 1.2 reads them.
    - transformed_keypoints (np.ndarray): (1, K, 2), on the resized crop; only
      if there are keypoints.

    Args:
        input_size (tuple[int, int]): Width and height in pixels, as MMPose's
            codecs have it.
    """

    def __init__(self, input_size: Tuple[int, int]) -> None:
        self.input_size = tuple(input_size)

    def transform(self, results: dict) -> dict:
        """Resize the crop of a sample, in place."""
        height, width = results['img'].shape[:2]
        size = np.array([[width, height]], dtype=np.float32)
        results['img'] = mmcv.imresize(results['img'], self.input_size)
        results['img_shape'] = results['img'].shape[:2]
        results['input_size'] = self.input_size
        results['bbox_center'] = size / 2
        results['bbox_scale'] = size
        results['input_center'], results['input_scale'] = size[0] / 2, size[0]
        if results.get('keypoints') is not None:
            factor = np.float32(self.input_size) / size
            keypoints = results['keypoints'] + _lost_in_flip(results)
            results['transformed_keypoints'] = keypoints * factor
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(input_size={self.input_size})'


def _lost_in_flip(results: dict) -> np.ndarray:
    """Return by how many pixels MMPose's flip is short, in x and y."""
    direction = results.get('flip_direction') if results.get('flip') else None
    return np.float32([
        direction in ('horizontal', 'diagonal'),
        direction in ('vertical', 'diagonal')
    ])
