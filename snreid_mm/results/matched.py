"""Saved embeddings of a split, ranked plainly and by tuned matchings."""

from pathlib import Path
from typing import Callable, Dict, Mapping, NamedTuple, Optional, Sequence

from snreid_mm.evaluation.embedding_file import join_records, read_embeddings
from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.evaluation.metrics.matching_files import (log_elsewhere_of,
                                                         read_matching)
from snreid_mm.soccernet import load_index, write_ranking_file
from snreid_mm.structures import Crops, Rankings


class Matched(NamedTuple):
    """The rankings of a split.

    Args:
        split (str): The split.
        query (Crops): Its queries, with their labels if it has any.
        gallery (Crops): Its gallery, likewise.
        rankings (dict[str, Rankings]): By name, ``'plain'`` first.
    """

    split: str
    query: Crops
    gallery: Crops
    rankings: Dict[str, Rankings]

    def scores(self) -> Dict[str, dict]:
        """The scores of each, in per cent; none for a split without
        labels."""
        if self.query.person_uid is None:
            return {}
        return {
            name: score_rankings(each, self.query, self.gallery).summary()
            for name, each in self.rankings.items()
        }

    def write(self, folder: Path) -> None:
        """Write a ranking file for each, ``<name>.json``, in the place of
        those that the folder has, which may be of other methods."""
        for old in folder.glob('*.json'):
            old.unlink()
        for name, each in self.rankings.items():
            write_ranking_file(folder / f'{name}.json',
                               each.to_dict(self.query, self.gallery))


def rank_saved(embeddings_file: str,
               data_root: str,
               matching_file: Optional[str] = None,
               split: Optional[str] = None,
               read_index: Callable[[str, str], Sequence[Mapping]] = load_index
               ) -> Matched:
    """Rank saved embeddings, without looking at a label.

    Args:
        embeddings_file (str): What the metric's ``embeddings_file`` wrote.
        data_root (str): The folder that holds the splits.
        matching_file (str, optional): What tune_matching.py wrote. Defaults
            to None: ranked plainly alone.
        split (str, optional): The split that it must be of. Defaults to None:
            any.
        read_index (Callable): Lists the records of a data root and a split.
            Defaults to SoccerNet's.

    Returns:
        Matched: The rankings.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the embeddings are of another split, or not of these
            data.
    """
    saved = read_embeddings(embeddings_file)
    if split not in (None, saved.split):
        raise ValueError(
            f'{embeddings_file} holds embeddings of {saved.split!r}, but '
            f'those of {split} belong here: test with '
            f'test_dataloader.dataset.split={split} to save them.')
    matchings, classifier = ((), None) if matching_file is None else (
        read_matching(matching_file))
    saved = join_records(saved, read_index(data_root, saved.split))
    query, gallery = saved.query, saved.gallery
    embeddings = saved.query_embeddings, saved.gallery_embeddings
    unlabelled = query.without_labels(), gallery.without_labels()
    rankings = dict(plain=rank_within_actions(*embeddings, *unlabelled))
    log_elsewhere = classifier and log_elsewhere_of(classifier, saved)
    for each in matchings:
        rankings[each.name] = each.rank(rankings['plain'], *unlabelled,
                                        embeddings, log_elsewhere)
    return Matched(saved.split, query, gallery, rankings)
