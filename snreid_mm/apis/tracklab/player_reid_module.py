"""Embeddings of detections for the trackers of TrackLab."""

from typing import Any, List, Optional, Tuple

import numpy as np

from ..images import ImageCrop, load_crops
from ..inferencer import PlayerReIDInferencer

try:
    from tracklab.pipeline import DetectionLevelModule
    _MISSING: Optional[ImportError] = None
except ImportError as error:
    # The name stays, because TrackLab reads the level of a module from it.
    DetectionLevelModule = type('DetectionLevelModule', (), {})
    _MISSING = error


def collate_crops(
        samples: List[Tuple[Any, np.ndarray]]
) -> Tuple[List[Any], List[np.ndarray]]:
    """Put crops of several sizes into one batch.

    Args:
        samples (list[tuple]): The index of each detection and its crop.

    Returns:
        tuple[list, list[np.ndarray]]: The indices, and the crops.
    """
    indices, crops = zip(*samples)
    return list(indices), list(crops)


class PlayerReIDModule(DetectionLevelModule):
    """A model of snreid_mm in a pipeline of TrackLab
    (https://github.com/TrackingLaboratory/tracklab).

    It takes the boxes of the detections, and gives each its embedding, as
    one part that is wholly visible: ``embeddings``, float32, shape (1, D),
    and ``visibility_scores``, float32, shape (1, ). That is how the modules
    of TrackLab have them whose models tell parts of a body apart.

    Args:
        model (str | Path): As :class:`PlayerReIDInferencer` has it.
        checkpoint (str | Path, optional): Likewise. Defaults to None.
        device (str | torch.device, optional): Where the network runs;
            TrackLab gives it. Defaults to None, a GPU if there is one.
        precision (str): As :class:`PlayerReIDInferencer` has it. Defaults to
            ``'float32'``.
        batch_size (int): Detections that go through the network together.
            Defaults to 64.
        tracking_dataset (Any): What TrackLab gives to each module. Nothing
            of it is used. Defaults to None.

    Raises:
        FileNotFoundError: If a file of the model is missing.
        ImportError: If TrackLab cannot be imported.
        ValueError: If an argument is wrong.
    """

    collate_fn = collate_crops
    input_columns = ['bbox_ltwh']
    output_columns = ['embeddings', 'visibility_scores']

    def __init__(self,
                 *,
                 model,
                 checkpoint=None,
                 device=None,
                 precision: str = 'float32',
                 batch_size: int = 64,
                 tracking_dataset: Any = None) -> None:
        if _MISSING is not None:
            raise ImportError(
                'PlayerReIDModule is a module of TrackLab, which cannot be '
                f'imported ({_MISSING}): run `pip install tracklab "numpy<2" '
                '"pandas<3" "transformers<4.52"`.') from _MISSING
        super().__init__(batch_size)
        self.inferencer = PlayerReIDInferencer(
            model,
            checkpoint,
            device=device,
            precision=precision,
            batch_size=batch_size,
            progress=False)

    def preprocess(self, image: np.ndarray, detection: Any,
                   metadata: Any) -> np.ndarray:
        """Cut a detection out of its frame.

        Args:
            image (np.ndarray): The frame, uint8, R, G, B, shape (height,
                width, 3).
            detection (pandas.Series): One detection, with ``bbox_ltwh``:
                left, top, width and height in pixels.
            metadata (pandas.Series): That of the frame; not used.

        Returns:
            np.ndarray: Its crop, uint8, R, G, B.

        Raises:
            ValueError: If the box is not of four finite numbers.
        """
        height, width = image.shape[:2]
        box = _into_frame(
            np.asarray(detection.bbox_ltwh, np.float64), width, height)
        crop = ImageCrop(image, f'detection {detection.name}', tuple(box))
        pixels, = load_crops([crop])  # in the frame's own channel order
        return pixels

    def process(self, batch: List[np.ndarray], detections: Any,
                metadatas: Any) -> Any:
        """Embed a batch of crops.

        Args:
            batch (list[np.ndarray]): N crops.
            detections (pandas.DataFrame): Their detections, N rows.
            metadatas (pandas.DataFrame, optional): Those of their frames; not
                used.

        Returns:
            pandas.DataFrame: The two columns of these detections.
        """
        values = self.inferencer.extract(batch, channel_order='rgb').values
        columns = dict(
            embeddings=list(values[:, None]),
            visibility_scores=list(np.ones((len(values), 1), np.float32)))
        # A DataFrame, without an import of pandas, which comes with TrackLab.
        return type(detections)(columns, index=detections.index)


def _into_frame(box: np.ndarray, width: int, height: int) -> np.ndarray:
    """Move what of a box, left, top, width and height, lies outside into the
    frame; return left, top, right and bottom.

    At least a pixel is left, as in TrackLab's own modules: one box without
    area, which a detector may give, is to end no run of hours.
    """
    if box.shape != (4, ):
        return box
    ends = np.array([width, height])
    first = box[:2].clip(0, ends - 1)
    last = (box[:2] + box[2:]).clip(first + 1, ends)
    return np.concatenate((first, last))
