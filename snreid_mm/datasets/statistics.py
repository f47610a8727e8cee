"""Counts that describe a split, and those of the released data."""

from collections import Counter
from typing import List, Optional

import numpy as np

# Counted in the release: sn-reid's README, checked against the logs of three
# independent trainings. Keys as in :func:`count_split`.
RELEASED = {
    ('train', 1.0):
    dict(images=248_234, actions=9_181),
    ('train', 0.1):
    dict(images=24_872, identities=15_443, actions=919),
    ('valid', 1.0):
    dict(
        query_images=11_638,
        gallery_images=34_355,
        query_identities=11_638,
        gallery_identities=29_534,
        actions=1_751),
    ('test', 1.0):
    dict(
        query_images=11_777,
        gallery_images=34_989,
        query_identities=11_777,
        gallery_identities=30_059,
        actions=1_715),
    ('challenge', 1.0):
    dict(query_images=9_021, gallery_images=26_082, actions=1_310),
}


def count_split(dataset) -> dict:
    """Count what a split holds.

    Args:
        dataset (SoccerNetReID): The split.

    Returns:
        dict: What the split has of:

        - images, actions, identities (int)
        - query_images, gallery_images, query_identities,
          gallery_identities (int)
        - images_per_identity (np.ndarray): (identities,)
        - images_per_action (np.ndarray): (actions,)
        - gallery_per_action (np.ndarray): (actions,), gallery boxes.
        - gallery_per_query (np.ndarray): (queries,), the gallery boxes of
          each query's action: what it is ranked against.
        - heights (np.ndarray): (images,), in pixels.
        - roles (dict): The images of each class, most frequent first.
    """
    actions = dataset.column('action_idx')
    names, action_of = np.unique(actions, return_inverse=True)
    counts = dict(
        images=len(dataset),
        actions=len(names),
        images_per_action=np.bincount(action_of, minlength=len(names)),
        heights=dataset.column('height'))
    labelled = dataset.split != 'challenge'
    if labelled:
        people = dataset.column('person_uid')
        per_identity = np.unique(people, return_counts=True)[1]
        counts.update(
            identities=len(per_identity),
            images_per_identity=per_identity,
            roles=dict(Counter(dataset.column('role')).most_common()))
    if dataset.split == 'train':
        return counts
    query = dataset.column('subset') == 'query'
    gallery_size = np.bincount(action_of[~query], minlength=len(names))
    counts.update(
        query_images=int(query.sum()),
        gallery_images=int((~query).sum()),
        gallery_per_action=gallery_size,
        gallery_per_query=gallery_size[action_of[query]])
    if labelled:
        counts.update(
            query_identities=len(np.unique(people[query])),
            gallery_identities=len(np.unique(people[~query])))
    return counts


def compare_with_release(counts: dict,
                         split: str,
                         fraction: float = 1.0) -> Optional[List[str]]:
    """Compare the counts of a split with those of the released data.

    Args:
        counts (dict): What :func:`count_split` returns.
        split (str): The split.
        fraction (float): The share of the training actions that was counted.
            Defaults to 1.0.

    Returns:
        list[str] | None: The differences, empty where all counts agree. None
        where there is nothing to compare: no released count of this fraction
        is known, or the split has less than half or more than double the
        images, so that it is clearly another data set.
    """
    released = RELEASED.get((split, fraction))
    if released is None:
        return None
    size = released.get('images') or (
        released['query_images'] + released['gallery_images'])
    if not size / 2 <= counts['images'] <= size * 2:
        return None
    return [
        f'{key.replace("_", " ")}: {counts[key]:,} instead of {value:,}'
        for key, value in released.items() if counts[key] != value
    ]
