"""A report as a folder that a browser opens from the disk.

A page that was opened from the disk may not fetch files, but it may run
scripts: so what belongs to one action is a script that calls
``report.addAction``, and is loaded when one of its queries is to be seen.
"""

import json
import os
import platform
import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata, resources
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Union

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from tqdm import tqdm

from snreid_mm.structures import Crops
from snreid_mm.utils.files import whole_folder
from .analysis import CMC_RANKS, FIRST, Report
from .explanations import DrawPair, choose_pairs, write_explanations
from .thumbnails import COLUMNS, HEIGHT, WIDTH, draw_sheet

_INDEX = 'index.html'
_SHOWN = ('.png', '.jpg', '.jpeg', '.webp')
_PACKAGES = ('snreid_mm', 'torch', 'mmengine', 'mmpretrain', 'mmpose',
             'numpy')


def write_report(report: Report,
                 out: Union[str, Path],
                 title: str,
                 attachments: Sequence[Union[str, Path]] = (),
                 explain: Optional[DrawPair] = None,
                 explained: int = 8,
                 progress: bool = True) -> Path:
    """Write a report.

    Args:
        report (Report): What it says.
        out (str | Path): The folder to make. One that holds a report is
            replaced, when the new one is whole.
        title (str): Its heading.
        attachments (Sequence[str | Path]): Files to show in it: pictures,
            and texts such as the config. Defaults to ().
        explain (DrawPair, optional): Draws why two crops, given by their
            files, are found alike: an image, uint8, RGB. Defaults to None, no
            such pictures.
        explained (int): How many of the worst queries, of those nearest to
            the median and of the best are explained. Defaults to 8.
        progress (bool): Whether to show a progress bar. Defaults to True.

    Returns:
        Path: The page to open.

    Raises:
        FileExistsError: If ``out`` holds something else than a report.
        OSError: If an attachment cannot be read, or the report not be
            written.
        ValueError: If a crop is missing or no whole picture.
    """
    out = Path(os.path.abspath(out))
    if out.exists() and (not out.is_dir() or any(out.iterdir())
                         and not (out / _INDEX).is_file()):
        raise FileExistsError(
            f'{out} holds something else than a report: name another folder.')
    with whole_folder(out) as making:
        for name in ('actions', 'sheets', 'attached', 'explained'):
            (making / name).mkdir()
        assets = resources.files('snreid_mm.report') / 'assets'
        for name in ('report.css', 'report.js'):
            (making / name).write_bytes((assets / name).read_bytes())
        shown = _attach(making / 'attached', attachments)
        pairs = choose_pairs(report, explained) if explain else []
        # First, because it is what a model may refuse.
        pictures = write_explanations(report, pairs, explain,
                                      making / 'explained', progress)
        (making / 'queries.js').write_text(
            _call('addQueries', {
                **_queries(report), 'explained': pictures
            }))
        _write_actions(report, making, progress)
        (making / _INDEX).write_text(
            _page(report, title, shown), encoding='utf-8')
    return out / _INDEX


def _call(function: str, *values) -> str:
    # ASCII: a file name may hold what ends a line, or a script, elsewhere.
    texts = [json.dumps(value, separators=(',', ':')) for value in values]
    return f'report.{function}({",".join(texts)});\n'


def _attach(folder: Path, paths: Sequence[Union[str, Path]]) -> List[Dict]:
    """Copy the pictures among the attachments, and read the texts."""
    shown = []
    for i, path in enumerate(map(Path, paths)):
        if path.suffix.lower() in _SHOWN:
            name = f'{i}{path.suffix.lower()}'
            shutil.copyfile(path, folder / name)
            shown.append(
                dict(name=path.name, picture=f'attached/{name}', text=None))
        else:
            shown.append(
                dict(
                    name=path.name,
                    picture=None,
                    text=path.read_text(errors='replace')))
    return shown


def _queries(report: Report) -> Dict:
    """Give the columns that the page sorts and filters by."""
    query = report.query
    roles = sorted(set(query.role or ()))
    return dict(
        tile=dict(width=WIDTH, height=HEIGHT, columns=COLUMNS),
        first=FIRST,
        roles=roles,
        bbox=query.bbox_idx.tolist(),
        action=query.action_idx.tolist(),
        role=[roles.index(role) for role in query.role or ()],
        height=[] if query.height is None else np.asarray(
            query.height).tolist(),
        models=[
            dict(
                name=model.name,
                ap=np.round(100 * model.average_precision, 1).tolist(),
                rank=model.first_match.tolist(),
                first=model.first.tolist()) for model in report.models
        ])


def _write_actions(report: Report, folder: Path, progress: bool) -> None:
    """Write the script and the sheet of each action, in threads: decoding
    and drawing hold no lock."""
    members = [_members(crops) for crops in (report.query, report.gallery)]
    actions = sorted(members[0])

    def write(action):
        queries, gallery = (each[action] for each in members)
        paths = [report.query.names[i] for i in queries]
        paths += [report.gallery.names[i] for i in gallery]
        (folder / 'sheets' / f'{action}.webp').write_bytes(draw_sheet(paths))
        (folder / 'actions' / f'{action}.js').write_text(
            _call('addAction', action, _action(report, queries, gallery)))

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        futures = [pool.submit(write, action) for action in actions]
        try:
            for future in tqdm(
                    futures,
                    desc='report',
                    unit='action',
                    disable=not progress):
                future.result()
        finally:
            for future in futures:
                future.cancel()


def _members(crops: Crops) -> Dict[int, np.ndarray]:
    """Give the positions of the crops of each action."""
    order = np.argsort(crops.action_idx, kind='stable')
    actions, begins = np.unique(crops.action_idx[order], return_index=True)
    return dict(zip(actions.tolist(), np.split(order, begins[1:])))


def _action(report: Report, queries: np.ndarray, gallery: np.ndarray) -> Dict:
    """Give what the page shows of an action: its crops, in the order of the
    sheet, and the rankings, by their places in this order."""
    place = {each: len(queries) + i for i, each in enumerate(gallery.tolist())}
    crops = []
    for side, positions in ((report.query, queries), (report.gallery,
                                                      gallery)):
        crops += [
            dict(
                bbox=int(side.bbox_idx[i]),
                person=int(side.person_uid[i]),
                role='' if side.role is None else side.role[i],
                file=os.path.basename(side.names[i])) for i in positions
        ]
    return dict(
        queries=queries.tolist(),
        crops=crops,
        rankings=[[[place[j] for j in model.rankings[i].tolist()]
                   for i in queries] for model in report.models])


def _page(report: Report, title: str, attachments: List[Dict]) -> str:
    environment = Environment(
        loader=PackageLoader('snreid_mm.report', 'assets'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True)
    environment.filters['words'] = lambda name: name.replace('_', ' ')
    versions = {'Python': platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # such as a fork under another name
    return environment.get_template('report.html.j2').render(
        report=report,
        title=title,
        attachments=attachments,
        versions=versions,
        cmc_ranks=CMC_RANKS,
        first_kinds=[
            kind for kind in FIRST
            if any(kind in model.first_shares for model in report.models)
        ])
