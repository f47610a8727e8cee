"""Why a trained model finds two crops alike, as numbers and as a picture."""

from pathlib import Path
from typing import List, Tuple, Union

from matplotlib.figure import Figure
from mmengine.config import Config

from snreid_mm.models.part_extractors import part_names
from snreid_mm.models.reid import SimilarityShares, split_similarity
from snreid_mm.utils.images import read_image
from snreid_mm.visualization import ExplainedCrop, draw_similarity
from .trained_model import load_trained, read_inputs

Shares = Tuple[SimilarityShares, SimilarityShares]


class PairExplainer:
    """Explains pairs of crops with one model.

    Args:
        cfg (Config): The whole config of the model.
        checkpoint (str | Path): Its checkpoint file.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If the config has another model, or the checkpoint does
            not fit.
    """

    def __init__(self, cfg: Config, checkpoint: Union[str, Path]) -> None:
        self.cfg = cfg
        self.name = Path(checkpoint).name
        self.model = load_trained(cfg, str(checkpoint))

    def split(self, first: str, second: str) -> Shares:
        """Split the cosine of two crops' embeddings.

        Args:
            first (str): The file of a crop.
            second (str): That of another.

        Returns:
            tuple[SimilarityShares, SimilarityShares]: See
            :func:`~snreid_mm.models.reid.split_similarity`.

        Raises:
            ValueError: If a file is missing or no image, or the model cannot
                be split.
        """
        return split_similarity(
            self.model, *read_inputs(self.model, self.cfg, [first, second]))

    def draw(self, first: str, second: str, shares: Shares) -> Figure:
        """Draw what :meth:`split` has found for the same two crops.

        Returns:
            Figure: The picture; see
            :func:`~snreid_mm.visualization.draw_similarity`.
        """
        names: List[str] = []
        if self.model.with_part_extractor:
            names = part_names(self.model.part_extractor, len(shares[0].parts))
        pair = tuple(map(_explained, (first, second), shares))
        return draw_similarity(
            pair, names, f'{self.name}: cosine of the embeddings '
            f'{shares[0].total:.3f}')


def _explained(path: str, shares: SimilarityShares) -> ExplainedCrop:
    """Bring one crop and its shares together."""
    has_parts = len(shares.parts) > 0
    return ExplainedCrop(
        read_image(path),
        _short(Path(path).name),
        shares.positions.cpu().numpy(),
        shares.constant,
        parts=shares.parts.sum((1, 2)).cpu().numpy() if has_parts else None,
        appearance=float(shares.appearance.sum()))


def _short(name: str, width: int = 24) -> str:
    """Break a long file name into lines."""
    return '\n'.join(name[i:i + width] for i in range(0, len(name), width))
