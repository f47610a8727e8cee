from typing import List, Optional, Sequence

import torch
from mmengine.model import BaseModel
from mmpretrain.structures import DataSample

from snreid_mm.registry import MODELS
from .onnx_backend import OnnxBackend


@MODELS.register_module()
class OnnxPlayerReID(BaseModel):
    """An exported file in the place of the model, for a test by the runner.

    Args:
        file (str): What ``tools/deployment/export_onnx.py`` wrote.
        providers (Sequence[str]): See :class:`OnnxBackend`. Defaults to the
            CPU.
    """

    def __init__(
        self,
        *,
        file: str,
        providers: Sequence[str] = ('CPUExecutionProvider', )
    ) -> None:
        super().__init__()
        self.backend = OnnxBackend(file, providers=providers)

    @property
    def embedding_dim(self) -> int:
        """int: D, the length of an embedding."""
        return self.backend.info.embedding_dim

    def forward(self,
                inputs: torch.Tensor,
                data_samples: Optional[List[DataSample]] = None,
                mode: str = 'tensor'):
        """Compute embeddings, as :class:`PlayerReID` does.

        Args:
            inputs (Tensor | list[Tensor]): Images as the data set gives
                them, shape (N, 3, H, W), B, G, R from 0 to 255.
            data_samples (list[DataSample], optional): The samples to write
                to. Defaults to None.
            mode (str): ``'tensor'`` or ``'predict'``. Defaults to
                ``'tensor'``.

        Returns:
            Tensor | list[DataSample]: The embeddings (N, D), or the samples
            with an ``embedding`` each.

        Raises:
            ValueError: If there is no such mode.
        """
        if mode not in ('tensor', 'predict'):
            raise ValueError(f'mode is {mode!r}, but an exported file can '
                             'only be tested, not trained: mode must be '
                             '\'tensor\' or \'predict\'.')
        # The images of a batch may come as a list.
        images = torch.stack(list(inputs)).cpu().numpy()
        embeddings = torch.from_numpy(self.backend.embed_images(images))
        if mode == 'tensor':
            return embeddings
        if data_samples is None:
            data_samples = [DataSample() for _ in embeddings]
        for sample, embedding in zip(data_samples, embeddings):
            sample.set_field(embedding, 'embedding', dtype=torch.Tensor)
        return data_samples
