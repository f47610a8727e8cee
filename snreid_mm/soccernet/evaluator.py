"""SoccerNet's own evaluator, the judge of our scores."""

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Dict, Mapping, Union

from .ranking_file import read_ranking_text

# Both compute in double precision but for rank-1, which SoccerNet sums in
# float32.
_TOLERANCE = 1e-6


def judge(ranking: Union[str, Path],
          ground_truth: Union[str, Path]) -> Dict[str, float]:
    """Run SoccerNet's evaluator.

    Args:
        ranking (str | Path): The ranking file, ``.json`` or ``.zip``.
        ground_truth (str | Path): The split's ``bbox_info.json``.

    Returns:
        dict[str, float]: ``'mAP'`` and ``'rank-1'`` in per cent.

    Raises:
        ImportError: If the evaluator is not installed.
    """
    try:
        from SoccerNet.Evaluation.ReIdentification import evaluate
    except ImportError:
        raise ImportError("SoccerNet's evaluator is not installed: run pip "
                          'install SoccerNet.') from None
    with tempfile.TemporaryDirectory() as folder:
        # The very bytes that are submitted, out of the zip if need be.
        path = Path(folder, 'ranking.json')
        path.write_bytes(read_ranking_text(ranking))
        # It prints its scores, in one decimal.
        with contextlib.redirect_stdout(io.StringIO()):
            scores = evaluate(str(ground_truth), str(path))
    return {name: 100 * float(value) for name, value in scores.items()}


def check_agreement(official: Mapping[str, float],
                    ours: Mapping[str, float]) -> None:
    """Raise a ValueError if the two evaluators differ."""
    for name, value in official.items():
        if abs(value - ours[name]) > 100 * _TOLERANCE:
            raise ValueError(
                f"SoccerNet's evaluator gives {name} {value:.6f} and ours "
                f'{ours[name]:.6f}: this is a bug of ours or another version '
                'of the evaluator; please report it with the ranking file.')
