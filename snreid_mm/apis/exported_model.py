"""An exported file in the place of a network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Union

from mmengine.config import Config

from snreid_mm.deployment import OnnxPlayerReID
from .frozen_model import FrozenModel


@dataclass(frozen=True, eq=False)
class ExportedModel(FrozenModel):
    """What ``tools/deployment/export_onnx.py`` wrote, for the inferencer.

    The file says itself how crops are resized and normalized.
    """

    def build(self) -> OnnxPlayerReID:
        """Open the file.

        Raises:
            FileNotFoundError: If there is no such file.
            ImportError: If ONNX Runtime is not installed.
            ValueError: If it is no ONNX file, or none of ours.
        """
        network = OnnxPlayerReID(file=self.model['file'])
        info = network.backend.info
        resize = dict(
            type='Resize',
            scale=(info.width, info.height),
            interpolation=info.interpolation,
            backend=info.resize_backend)
        # What MMPretrain's inferencers read of a model.
        network._config = Config(
            dict(
                model=self.model,
                test_dataloader=dict(
                    dataset=dict(
                        pipeline=[resize, dict(type='PackInputs')]))))
        return network.eval()


def read_exported_model(file: Union[str, Path]) -> ExportedModel:
    """Name an exported file as a model.

    Args:
        file (str | Path): The file, ``.onnx``.
    """
    return ExportedModel(
        name=Path(file).stem,
        model=dict(type='snreid_mm.OnnxPlayerReID', file=str(file)),
        pipeline=[],
        weights={})
