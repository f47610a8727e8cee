"""From crops to who is who."""

import contextlib
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator, List, Optional, Union

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.device import get_device
from mmengine.logging import print_log
from mmengine.registry import DefaultScope
from mmpretrain.apis.base import BaseInferencer
from mmpretrain.registry import TRANSFORMS
from tqdm import tqdm

from snreid_mm.evaluation.calibration_file import read_calibration
from snreid_mm.evaluation.functional import Calibration
from snreid_mm.evaluation.functional.matching import Matching
from snreid_mm.structures import Embeddings
from .exported_model import ExportedModel, read_exported_model
from .frozen_model import FrozenModel, freeze
from .images import ImageCrop, Images, find_crops, load_crops
from .results import Comparison, MatchedCrops, RankedCrops
from .saved_model import read_saved_model, write_saved_model
from .who_is_who import (compare_embeddings, match_embeddings,
                         rank_embeddings)

PRECISIONS = dict(
    float32=None, float16=torch.float16, bfloat16=torch.bfloat16)


class PlayerReIDInferencer(BaseInferencer):
    """Embeds crops of people, ranks, matches and compares them.

    Without a calibration there are distances and no probabilities, and a
    warning says so where they would be. A calibration belongs to one
    checkpoint; ``tools/analysis_tools/calibrate.py`` fits it.

    Wherever images are asked for, they may be paths, folders, globs, arrays
    of pixels, :class:`~snreid_mm.apis.ImageCrop` (a box in a frame), lists of
    these, or :class:`~snreid_mm.structures.Embeddings` that are there
    already.

    Args:
        model (str | Path | Config): A folder that :meth:`save_pretrained`
            wrote, a config file, a config, or the name of a model of
            :func:`mmpretrain.list_models`; or an exported ``.onnx`` file,
            which ONNX Runtime computes, on the CPU.
        checkpoint (str | Path, optional): The weights, a file or a URL, for
            all but a folder and an exported file. Defaults to None, those
            that the config or the model index names.
        calibration (str | Path | Calibration, optional): The file of a
            calibration, or itself. Defaults to None, which leaves that of a
            folder.
        matching (dict | Matching, optional): How the crops of an action are
            ranked and matched together, e.g. ``dict(type='dual_softmax',
            temperature=0.1)``; see
            :class:`~snreid_mm.evaluation.functional.matching.Matching`.
            ``own_frame`` is not supported. Defaults to None, which leaves
            that of a folder, or takes the distance.
        device (str | torch.device, optional): Where the network runs.
            Defaults to None, a GPU if there is one.
        precision (str): ``'float32'``, ``'bfloat16'`` or ``'float16'``; the
            last needs a GPU. Embeddings come out as float32. Defaults to
            ``'float32'``.
        batch_size (int): Crops that go through the network together.
            Defaults to 32.
        progress (bool): Whether work of more than a second shows a progress
            bar. Defaults to True.

    Raises:
        FileNotFoundError: If a file is missing.
        TypeError: If an argument is of another type.
        ValueError: If an argument is wrong, or the weights are those of
            another model.

    Examples:
        >>> from snreid_mm.apis import PlayerReIDInferencer
        >>> inferencer = PlayerReIDInferencer('config.py', 'epoch_9.pth')
        >>> ranked = inferencer.rank('crops/query', 'crops/gallery')
        >>> ranked.gallery.names[ranked.order[0, 0]]
        'crops/gallery/7.png'
    """

    def __init__(self,
                 model: Union[str, Path, Config],
                 checkpoint: Union[str, Path, None] = None,
                 *,
                 calibration: Union[str, Path, Calibration, None] = None,
                 matching: Union[dict, Matching, None] = None,
                 device: Union[str, torch.device, None] = None,
                 precision: str = 'float32',
                 batch_size: int = 32,
                 progress: bool = True) -> None:
        self.device = _check_device(device)
        self.dtype = _check_precision(precision, self.device)
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError('batch_size must be a positive integer, but is '
                             f'{batch_size!r}.')
        if isinstance(calibration, (str, Path)):
            if not Path(calibration).is_file():
                raise FileNotFoundError(
                    f'There is no calibration {calibration}: correct the '
                    'path, or fit one with '
                    'tools/analysis_tools/calibrate.py.')
            calibration = read_calibration(calibration)
        if isinstance(matching, dict):
            matching = Matching.from_dict(matching)
        elif not isinstance(matching, (Matching, type(None))):
            raise TypeError(f'matching is {matching!r}, but must be a dict '
                            'such as dict(type=\'dual_softmax\').')
        if matching is not None and matching.own_frame:
            raise ValueError(
                'own_frame needs the whole split and a classifier, which an '
                'inferencer does not have: leave it out of matching.')
        self.batch_size = batch_size
        self.progress = progress
        self._has_warned = False
        frozen = _freeze(model, checkpoint)
        if self.dtype is not None and isinstance(frozen, ExportedModel):
            raise ValueError(
                f'precision={precision!r} is for networks: {model} has the '
                'precision that it was exported with.')
        super().__init__(frozen.build(), pretrained=False, device=self.device)
        self.frozen: FrozenModel = replace(
            frozen,
            weights=self.model.state_dict(),  # not in memory twice
            calibration=calibration or frozen.calibration,
            matching=matching or frozen.matching)

    @classmethod
    def from_pretrained(cls, folder: Union[str, Path],
                        **options: Any) -> 'PlayerReIDInferencer':
        """Load what :meth:`save_pretrained` wrote.

        Args:
            folder (str | Path): The folder.
            **options: The options of the constructor.

        Returns:
            PlayerReIDInferencer: The inferencer.

        Raises:
            FileNotFoundError: If there is no such folder.
        """
        if not Path(folder).is_dir():
            raise FileNotFoundError(f'There is no folder {folder}: correct '
                                    'the path.')
        return cls(folder, **options)

    def save_pretrained(self, folder: Union[str, Path]) -> Path:
        """Save the model with all that decides its results.

        The folder holds the weights (``model.safetensors``), the network's
        config, the transforms, the calibration and the matching
        (``model.json``), and a model card (``README.md``). Nothing in it is
        executed when it is loaded.

        Args:
            folder (str | Path): A new folder.

        Returns:
            Path: The folder.

        Raises:
            FileExistsError: If there is something in it.
            ValueError: If the config names a type of another package, or the
                model is an exported file.
        """
        if isinstance(self.frozen, ExportedModel):
            raise ValueError(
                f'{self.frozen.model["file"]} is an exported file, which '
                'needs no folder: copy it, or save the model that it was '
                'exported from.')
        return write_saved_model(folder, self.frozen)

    @property
    def embedding_dim(self) -> int:
        """int: D, the length of an embedding."""
        return self.model.embedding_dim

    @property
    def calibration(self) -> Optional[Calibration]:
        """Calibration | None: What makes probabilities of distances."""
        return self.frozen.calibration

    @property
    def matching(self) -> Optional[Matching]:
        """Matching | None: How crops are ranked and matched together."""
        return self.frozen.matching

    def __call__(self, images: Images, channel_order: str = 'bgr'):
        """Do what :meth:`extract` does."""
        return self.extract(images, channel_order=channel_order)

    def extract(self,
                images: Union[Images, Embeddings],
                *,
                channel_order: str = 'bgr') -> Embeddings:
        """Compute the embeddings of crops.

        Args:
            images: The crops, see the class.
            channel_order (str): That of arrays, ``'bgr'`` as OpenCV has it,
                or ``'rgb'``. Defaults to ``'bgr'``.

        Returns:
            Embeddings: (N, D) float32, and the names: paths of files,
            ``'array 0'``, ``'array 1'``, … of arrays.

        Raises:
            FileNotFoundError: If there is no such file.
            TypeError: If something is no image.
            ValueError: If an image cannot be read, or a box be cut.
        """
        if isinstance(images, Embeddings):
            return images
        crops = self._inputs_to_list(images)
        values = []
        with tqdm(
                total=len(crops),
                unit='crop',
                delay=1,
                disable=not self.progress) as bar:
            for data in self.preprocess(
                    _as_samples(load_crops(crops, channel_order)),
                    self.batch_size):
                values.append(self.postprocess(self.forward(data)))
                bar.update(len(values[-1]))
        return Embeddings(
            np.concatenate(values), [crop.name for crop in crops])

    def extract_embeddings(self,
                           detections: Any,
                           frame: np.ndarray,
                           *,
                           channel_order: str = 'bgr') -> np.ndarray:
        """Compute the embeddings of a frame's boxes, as trackers ask for.

        Args:
            detections: Anything with ``xyxy``, an array (N, 4) of left, top,
                right and bottom in pixels, such as ``supervision``'s
                ``Detections``.
            frame (np.ndarray): Shape (height, width, 3), uint8.
            channel_order (str): As in :meth:`extract`.

        Returns:
            np.ndarray: Shape (N, D), float32; N may be 0.

        Raises:
            TypeError: If the detections have no ``xyxy``, or the frame is no
                array.
            ValueError: If a box is not four numbers, has no area or lies
                outside the frame.
        """
        boxes = getattr(detections, 'xyxy', None)
        if np.ndim(boxes) == 0:
            raise TypeError(
                f'Detections need xyxy, an array (N, 4), but a '
                f'{type(detections).__name__} with {boxes!r} was given.')
        if not np.size(boxes):
            return np.zeros((0, self.embedding_dim), np.float32)
        crops = [
            ImageCrop(frame, f'detection {i}', box)
            for i, box in enumerate(np.asarray(boxes).tolist())
        ]
        return self.extract(crops, channel_order=channel_order).values

    def rank(self,
             queries: Union[Images, Embeddings],
             gallery: Union[Images, Embeddings],
             *,
             channel_order: str = 'bgr',
             share: float = .5) -> RankedCrops:
        """Rank a gallery for each query, all as crops of one action.

        Args:
            queries: The Q queries, see the class.
            gallery: The G gallery crops.
            channel_order (str): As in :meth:`extract`.
            share (float): The share of queries without a match that is to be
                expected, see :meth:`Calibration.no_match_of`. Defaults to
                0.5.

        Returns:
            RankedCrops: Distances and, with a calibration, probabilities.
        """
        return rank_embeddings(
            self.extract(queries, channel_order=channel_order),
            self.extract(gallery, channel_order=channel_order),
            self._find_calibration(), self.matching, share)

    def match(self,
              action_crops: Union[Images, Embeddings],
              replay_crops: Union[Images, Embeddings],
              *,
              channel_order: str = 'bgr',
              share: float = .5) -> MatchedCrops:
        """Pair the crops of an action's frame with those of one replay.

        Nobody stands twice in a frame, so no crop gets two partners. With a
        calibration the pairs are those that are the most probable together,
        where a crop of the action may also have no match. Without one as
        many pairs are made as there are crops, those of the least total
        squared distance. With ``matching`` its scores decide in the place of
        both, among the pairs that a calibration says are more probable than
        no match.

        Args:
            action_crops: The Q crops of the action, see the class.
            replay_crops: The G crops of one replay.
            channel_order (str): As in :meth:`extract`.
            share (float): As in :meth:`rank`: how many of the action's
                people the replay does not show. Defaults to 0.5.

        Returns:
            MatchedCrops: The pairs, and who has none.
        """
        return match_embeddings(
            self.extract(action_crops, channel_order=channel_order),
            self.extract(replay_crops, channel_order=channel_order),
            self._find_calibration(), self.matching, share)

    def compare(self,
                a: Union[Images, Embeddings],
                b: Union[Images, Embeddings],
                *,
                channel_order: str = 'bgr') -> Comparison:
        """Compare two crops.

        Args:
            a: One crop, see the class.
            b: Another.
            channel_order (str): As in :meth:`extract`.

        Returns:
            Comparison: Their distance and, with a calibration, the
            probability that they show one person.

        Raises:
            ValueError: If one of them is more than one crop.
        """
        return compare_embeddings(
            self.extract(a, channel_order=channel_order),
            self.extract(b, channel_order=channel_order),
            self._find_calibration())

    @torch.no_grad()
    def forward(self, inputs: dict) -> list:
        """Run the network on a batch; as MMPretrain's inferencers do."""
        with contextlib.nullcontext() if self.dtype is None else \
                torch.autocast(self.device.type, self.dtype):
            return self.model.test_step(inputs)

    def postprocess(self, preds: list) -> np.ndarray:
        """Collect the embeddings of the samples, (N, D), float32."""
        return torch.stack([each.embedding for each in preds
                            ]).float().cpu().numpy()

    def _inputs_to_list(self, inputs: Images) -> List[ImageCrop]:
        return find_crops(inputs)

    def _init_pipeline(self, cfg: Config) -> Compose:
        # Whatever a runner of this process has left as the scope.
        with DefaultScope.overwrite_default_scope('mmpretrain'):
            return Compose([
                TRANSFORMS.build(step)
                for step in cfg.test_dataloader.dataset.pipeline
            ])

    def _find_calibration(self) -> Optional[Calibration]:
        """Return the calibration, or say once that there is none."""
        if self.calibration is None and not self._has_warned:
            self._has_warned = True
            print_log(
                'There is no calibration, so distances come without '
                'probabilities: fit one with '
                'tools/analysis_tools/calibrate.py, and give its file.',
                logger='current',
                level=logging.WARNING)
        return self.calibration


def _freeze(model, checkpoint) -> FrozenModel:
    path = Path(model) if isinstance(model, (str, Path)) else None
    is_whole = path is not None and (path.is_dir() or path.suffix == '.onnx')
    if not is_whole:
        return freeze(model, checkpoint)
    if checkpoint is not None:
        raise ValueError(f'{model} has its own weights: leave the checkpoint '
                         f'{checkpoint} out.')
    return read_saved_model(path) if path.is_dir() else read_exported_model(
        path)


def _check_device(device: Union[str, torch.device, None]) -> torch.device:
    try:
        found = torch.device(get_device() if device is None else device)
    except RuntimeError as error:
        raise ValueError(f'device={device!r} is none: give \'cpu\', \'cuda\' '
                         'or \'cuda:1\'.') from error
    if found.type == 'cuda' and not torch.cuda.is_available():
        raise ValueError(f'device={device!r} needs a GPU, and none was found: '
                         'leave it out, or give \'cpu\'.')
    return found


def _check_precision(precision: str,
                     device: torch.device) -> Optional[torch.dtype]:
    if precision not in PRECISIONS:
        raise ValueError(f'precision must be one of {", ".join(PRECISIONS)}, '
                         f'but is {precision!r}.')
    if precision == 'float16' and device.type == 'cpu':
        raise ValueError('precision=\'float16\' needs a GPU: use bfloat16 or '
                         'float32 on a CPU.')
    return PRECISIONS[precision]


def _as_samples(images: Iterator[np.ndarray]) -> Iterator[dict]:
    for image in images:
        shape = image.shape[:2]
        yield dict(img=image, img_shape=shape, ori_shape=shape)
