"""The file names of SoccerNet-v3 ReID, parsed and formatted.

A crop's name holds its whole record (source: the README of SoccerNet's
``sn-reid``)::

    <bbox_idx>-<action_idx>-<person_uid>-<frame_idx>-<class>-<ID>-<UAI>-<height>x<width>.png
    54404-1940-33397-5089-Player_team_right-9-014r002_00858c3b0003-775x449.png

The challenge split has no labels, and a shorter name::

    <bbox_idx>-<action_idx>-<height>x<width>.png
"""

import os.path as osp
import re

# No part but the class and the UAI can hold anything but digits, letters and
# underscores, so the dash separates without ambiguity. 18 digits are what fits
# into 64 bits for sure.
_LABELLED = re.compile(
    r'(?P<bbox_idx>\d{1,18})-(?P<action_idx>\d{1,18})-(?P<person_uid>\d{1,18})-'
    r'(?P<frame_idx>\d{1,18})-(?P<clazz>\w+)-(?P<id>\w+)-(?P<UAI>\w+)-'
    r'(?P<height>\d{1,18})x(?P<width>\d{1,18})\.png', re.ASCII)
_UNLABELLED = re.compile(
    r'(?P<bbox_idx>\d{1,18})-(?P<action_idx>\d{1,18})-'
    r'(?P<height>\d{1,18})x(?P<width>\d{1,18})\.png', re.ASCII)
_INTEGERS = ('bbox_idx', 'action_idx', 'person_uid', 'frame_idx', 'height',
             'width')

LABELLED_FORM = ('<bbox_idx>-<action_idx>-<person_uid>-<frame_idx>-<class>-'
                 '<ID>-<UAI>-<height>x<width>.png')
UNLABELLED_FORM = '<bbox_idx>-<action_idx>-<height>x<width>.png'


def parse_file_name(path: str, labelled: bool = True) -> dict:
    """Read the record that a crop's file name holds.

    Args:
        path (str): The file name, with its folder or without.
        labelled (bool): Whether it is a name of train, valid or test
            (True), or of the challenge split (False). Defaults to True.

    Returns:
        dict: ``bbox_idx, action_idx, person_uid, frame_idx, clazz, id, UAI,
        height, width``, keyed as in ``bbox_info.json``; without labels only
        ``bbox_idx, action_idx, height, width``. Indices and sizes (pixels)
        are integers.

    Raises:
        ValueError: If the name does not have the documented form.
    """
    pattern = _LABELLED if labelled else _UNLABELLED
    match = pattern.fullmatch(osp.basename(path))
    if match is None:
        form = LABELLED_FORM if labelled else UNLABELLED_FORM
        raise ValueError(
            f'{path!r} has not the name of a SoccerNet ReID crop: expected '
            f'{form}. Rename the file or take it out of the data set.')
    return {
        key: int(value) if key in _INTEGERS else value
        for key, value in match.groupdict().items()
    }


def format_file_name(entry: dict) -> str:
    """Build a crop's file name from its entry of ``bbox_info.json``, the
    inverse of :func:`parse_file_name`.

    An entry without ``person_uid`` gets the short name of the challenge split.
    """
    size = f'{entry["height"]}x{entry["width"]}.png'
    if 'person_uid' not in entry:
        return f'{entry["bbox_idx"]}-{entry["action_idx"]}-{size}'
    keys = ('bbox_idx', 'action_idx', 'person_uid', 'frame_idx', 'clazz',
            'id', 'UAI')
    return '-'.join([*(str(entry[key]) for key in keys), size])
