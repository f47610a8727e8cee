"""What MMPretrain's ``ImageRetrievalInferencer`` asks of a model."""

import io
from typing import List, Optional, Union

import torch
from mmengine.runner import Runner
from mmpretrain.structures import DataSample
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from snreid_mm.utils.files import write_atomically


class Prototypes(nn.Module):
    """Mixin of a model: compare what it predicts with images given before.

    The inferencer sets ``prototype`` and calls :meth:`prepare_prototype`.
    From then on predict mode says how near each image is to each of the
    prototypes, in ``pred_score``.

    Attributes:
        prototype (DataLoader | dict | str | Tensor): The images, as a data
            loader or its config; or their embeddings (M, D), or the file of
            :meth:`dump_prototype`.
        prototype_vecs (Tensor, optional): The embeddings, shape (M, D);
            None before they are prepared.
    """

    prototype: Union[DataLoader, dict, str, torch.Tensor, None] = None
    prototype_vecs: Optional[torch.Tensor] = None

    @torch.no_grad()
    def prepare_prototype(self) -> None:
        """Compute the embeddings of the prototypes, or load them.

        Raises:
            ValueError: If they have another shape.
        """
        if isinstance(self.prototype, str):
            # A bare tensor, which holds no code.
            vectors = torch.load(
                self.prototype, map_location='cpu', weights_only=True)
        elif isinstance(self.prototype, torch.Tensor):
            vectors = self.prototype
        else:
            vectors = self._embed(Runner.build_dataloader(self.prototype))
        shape = tuple(getattr(vectors, 'shape', ()))
        if len(shape) != 2 or shape[1] != self.embedding_dim:
            raise ValueError(
                f'The prototypes have shape {shape}, but the embeddings of '
                f'this model (M, {self.embedding_dim}): give images, or what '
                'this model has saved of them.')
        device = next(self.parameters()).device
        self.prototype_vecs = vectors.to(device)

    def dump_prototype(self, path: str) -> None:
        """Write the embeddings of the prototypes to a file, whole or not at
        all."""
        if self.prototype_vecs is None:
            self.prepare_prototype()
        buffer = io.BytesIO()
        torch.save(self.prototype_vecs.cpu(), buffer)
        write_atomically(path, buffer.getvalue())

    def _embed(self, loader: DataLoader) -> torch.Tensor:
        """Embed all images of a loader, in the order of its data set."""
        self.eval()
        vectors = [
            sample.embedding
            for batch in tqdm(loader, desc='prototypes', delay=1)
            for sample in self.test_step(batch)
        ]
        return torch.stack(vectors)

    def score_prototypes(self, samples: List[DataSample]) -> None:
        """Write into each sample how near it is to each prototype: the
        negative Euclidean distance, shape (M, ), and the best one's place."""
        embeddings = torch.stack([each.embedding for each in samples])
        # (N, M)
        scores = -torch.cdist(embeddings,
                              self.prototype_vecs.to(embeddings.device))
        for sample, score in zip(samples, scores):
            sample.set_pred_score(score).set_pred_label(score.argmax())
