"""The parameters of the matchings, tuned on saved embeddings of valid."""

from pathlib import Path
from typing import Callable, Dict, Optional, Sequence

import numpy as np
from tqdm import tqdm

from snreid_mm.evaluation.embedding_file import join_records, read_embeddings
from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.evaluation.functional.matching import (METHODS, Matching,
                                                      method_parameters)
from snreid_mm.evaluation.metrics.matching_files import (log_elsewhere_of,
                                                         read_own_frame)
from snreid_mm.soccernet import load_index
from .data_stamp import digest_file, stamp_split

# What is tried; distances in units of the split's root mean square, and
# temperatures in units of its mean square.
_GRIDS = dict(
    temperature=(.01, .02, .05, .1, .2, .5, 1., 2.),
    bin_distance=(.6, .7, .8, .9, 1., 1.2, 1.5, 2.),
    bonus=(.5, 1., 2., 5., 100.),
    k1=(3, 5, 8, 12, 20),
    k2=(1, 2, 3, 5),
    distance_weight=(.1, .3, 1., 3.),
    own_frame=(.01, .03, .1, .3, .5, .7, 1., 1.5, 2., 4.))


def tune_on_valid(embeddings_file: str,
                  data_root: str,
                  own_frame_file: Optional[str] = None,
                  methods: Sequence[str] = tuple(METHODS)) -> Dict:
    """Find, on valid, the parameters of every way to match.

    Args:
        embeddings_file (str): The embeddings of valid, as the metric saved
            them.
        data_root (str): The folder that holds the splits.
        own_frame_file (str, optional): The classifier of the own frame, with
            which every way is tuned too. Defaults to None.
        methods (Sequence[str]): The ways to tune. Defaults to all.

    Returns:
        dict: What a file of tuned matchings holds, see
        :func:`~snreid_mm.evaluation.metrics.matching_files.read_matching`;
        and ``scores``, by name, ``'plain'`` first.

    Raises:
        ValueError: If the embeddings are not those of valid.
    """
    saved = read_embeddings(embeddings_file)
    if saved.split != 'valid':
        raise ValueError(
            f'{embeddings_file} holds embeddings of {saved.split!r}: '
            'parameters are tuned on valid alone and then frozen; test with '
            'test_dataloader.dataset.split=valid to save those.')
    saved = join_records(saved, load_index(data_root, 'valid'))
    query, gallery = saved.query, saved.gallery
    embeddings = saved.query_embeddings, saved.gallery_embeddings
    unlabelled = query.without_labels(), gallery.without_labels()
    plain = rank_within_actions(*embeddings, *unlabelled)
    square = float(np.mean(np.square(plain.distances, dtype=np.float64)))
    if not 0 < square < np.inf:
        raise ValueError(f'The mean squared distance of {embeddings_file} is '
                         f'{square}: there is nothing to tune.')
    classifier = log_elsewhere = None
    if own_frame_file:
        classifier = read_own_frame(own_frame_file)
        log_elsewhere = log_elsewhere_of(classifier, saved)

    def summary(rankings):
        return score_rankings(rankings, query, gallery).summary()

    def rank(matching):
        return matching.rank(plain, *unlabelled, embeddings, log_elsewhere)

    matchings = []
    for method in tqdm(methods, desc='tuning', leave=None):
        for with_own_frame in ((False, True) if classifier else (False, )):
            if method == 'distance' and not with_own_frame:
                continue  # the plain ranking
            matchings.append(
                _tune(method, _grids_of(method, with_own_frame, square),
                      lambda matching: summary(rank(matching))['mAP']))
    return dict(
        tuned_on=dict(
            split='valid',
            annotations=stamp_split(data_root, 'valid'),
            embeddings=digest_file(Path(embeddings_file)),
            queries=len(query),
            gallery=len(gallery)),
        methods=[each.to_dict() for each in matchings],
        scores=dict(
            plain=summary(plain),
            **{each.name: summary(rank(each))
               for each in matchings}),
        own_frame=classifier and classifier.to_dict())


def _grids_of(method: str, with_own_frame: bool, square: float) -> Dict:
    """The values to try for each parameter that is tuned."""
    scales = dict(temperature=square, bin_distance=square**.5)
    return {
        name: [
            value if isinstance(value, int) else
            float(f'{value * scales.get(name, 1):.3g}')
            for value in _GRIDS[name]
        ]
        for name in (*method_parameters(method),
                     *(['own_frame'] if with_own_frame else []))
        if name in _GRIDS
    }


def _tune(method: str, grids: Dict, score: Callable) -> Matching:
    """Change one parameter after the other, until none gets better.

    Args:
        method (str): The method's name.
        grids (dict): The values of each parameter.
        score (callable): Scores a :class:`Matching`, higher is better.

    Returns:
        Matching: The best found.
    """
    known = {}

    def look_up(settings):
        key = tuple(settings.values())
        if key not in known:
            known[key] = score(Matching.from_dict(settings))
        return known[key]

    best = dict(
        type=method,
        **{name: values[len(values) // 2]
           for name, values in grids.items()})
    before = None
    while before != best:
        before = best
        for name, values in grids.items():
            # At equal scores the first, so that it does end.
            best = max(
                [best, *(dict(best, **{name: value}) for value in values)],
                key=look_up)
    return Matching.from_dict(best)
