"""Crops of one's own, listed in a CSV file or by their folders."""

import csv
from pathlib import Path
from typing import List, NamedTuple, Optional

from snreid_mm.soccernet import SUBSETS
from snreid_mm.soccernet.folder_scan import is_picture

_COLUMNS = ('path', 'identity', 'group', 'camera', 'subset')


class CropRow(NamedTuple):
    """One crop.

    Args:
        path (str): The picture.
        identity (str): Whom it shows.
        group (str): The crops that it is ranked among, such as a clip or a
            match. Defaults to '', one group.
        camera (str): The camera that has taken it. Defaults to ''.
        subset (str, optional): ``'query'`` or ``'gallery'``; None where
            nothing says so. Defaults to None.
    """

    path: str
    identity: str
    group: str = ''
    camera: str = ''
    subset: Optional[str] = None


def read_rows(path: Path) -> List[CropRow]:
    """Read a CSV file of crops.

    Args:
        path (Path): A CSV file in UTF-8 with a header: ``path`` (counted
            from the folder of the file) and ``identity``, and optionally
            ``group``, ``camera`` and ``subset``. Other columns are left
            alone.

    Returns:
        list[CropRow]: In the order of the file.

    Raises:
        ValueError: If a column is missing, or a row is not whole. The
            message names the line.
        FileNotFoundError: If pictures are missing.
    """
    rows = []
    with path.open(newline='', encoding='utf-8-sig') as file:
        try:
            reader = csv.DictReader(file)
            header = reader.fieldnames or []
            missing = [each for each in _COLUMNS[:2] if each not in header]
            if missing:
                raise ValueError(
                    f'{path} has no column {missing[0]}: its first line must '
                    f'name {", ".join(_COLUMNS[:2])}, and may name '
                    f'{", ".join(_COLUMNS[2:])}, but is '
                    f'{", ".join(map(str, header))!r}.')
            for entry in reader:
                rows.append(_to_row(entry, f'{path}, line {reader.line_num}'))
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f'{path} is no CSV file in UTF-8 ({error}): '
                             'export it again.') from error
    rows = [row._replace(path=str(path.parent / row.path)) for row in rows]
    lost = [row.path for row in rows if not Path(row.path).is_file()]
    if lost:
        raise FileNotFoundError(
            f'{len(lost)} of the {len(rows)} images that {path} lists are '
            f'missing, first {lost[0]}: paths are counted from the folder of '
            'the CSV file.')
    return rows


def _to_row(entry: dict, where: str) -> CropRow:
    values = {key: entry.get(key) for key in _COLUMNS if key in entry}
    for key, value in values.items():
        if value is None or not value.strip() and key in _COLUMNS[:2]:
            raise ValueError(f'{where} has no {key}: fill it in.')
        values[key] = value.strip()
    if values.get('subset', SUBSETS[0]) not in SUBSETS:
        raise ValueError(f'{where} has subset {values["subset"]!r}, but it '
                         f'must be one of {", ".join(SUBSETS)}.')
    return CropRow(**values)


def scan_folders(folder: Path, is_training: bool) -> List[CropRow]:
    """List the crops of a split by its folders, one for each person.

    Args:
        folder (Path): The folder of the split: ``<identity>/<file>`` in
            training, else ``query/<identity>/<file>`` and
            ``gallery/<identity>/<file>``. A person's folder may have
            folders itself.
        is_training (bool): Whether the split is trained on.

    Returns:
        list[CropRow]: By subset, then by path.

    Raises:
        FileNotFoundError: If a folder is missing, or holds no person.
        ValueError: If a picture lies in no person's folder.
    """
    rows = []
    for subset in (None, ) if is_training else SUBSETS:
        top = folder / subset if subset else folder
        if not top.is_dir():
            raise FileNotFoundError(
                f'There is no folder {top}: a split that is tested needs '
                f'{folder / SUBSETS[0]} and {folder / SUBSETS[1]} with a '
                'folder for each person, or a CSV file that says the subset.')
        found = sorted(
            path for path in top.rglob('*') if is_picture(path.name))
        if not found:
            raise FileNotFoundError(
                f'{top} holds no image (PNG, JPEG, BMP, TIFF, WebP): put a '
                'folder for each person into it.')
        for path in found:
            person = path.relative_to(top).parts
            if len(person) < 2:
                raise ValueError(
                    f'{path} lies in no folder of a person: move it to '
                    f'{top / "<person>" / path.name}.')
            rows.append(CropRow(str(path), person[0], subset=subset))
    return rows
