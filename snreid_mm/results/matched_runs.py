"""The runs of a table of results, matched at test time."""

import json
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from snreid_mm.evaluation.functional.matching import METHODS
from snreid_mm.utils.cli import format_table
from snreid_mm.utils.files import write_atomically
from . import folder as files
from .data_stamp import stamp_index
from .matched import rank_saved
from .steps import Steps
from .summary import Row, plus_minus
from .tuning import tune_on_valid

MATCHED = 'matched'
_NOTE = 'mAP ± its sample standard deviation over the seeds / rank-1 on the ' \
    'test split, in per cent; all but plain use the other crops of the ' \
    'action (transductive), and were tuned on valid.'
_SPLITS = ('valid', 'test')


def find_runs(work_dir: Path) -> List[Path]:
    """List the folders of a table's finished runs.

    Args:
        work_dir (Path): What ``results_table.py`` was given.

    Returns:
        list[Path]: The folders, sorted.

    Raises:
        ValueError: If there is none, or one has saved no embeddings.
    """
    runs = sorted(
        path.parent
        for path in work_dir.glob(f'*/fraction-*/seed-*/{files.RESULT}'))
    if not runs:
        raise ValueError(f'{work_dir} holds no finished run of '
                         'results_table.py.')
    for run in runs:
        for split in _SPLITS:
            path = run / files.EMBEDDINGS.format(split)
            if not path.is_file():
                raise ValueError(
                    f'{path} is missing: the run was made without '
                    '--embeddings. Save them with tools/test.py and its '
                    'option test_evaluator.embeddings_file, or make the run '
                    'anew.')
    return runs


def match_run(run: Path,
              data_root: str,
              own_frame_file: Optional[str] = None,
              methods: Sequence[str] = tuple(METHODS)) -> Dict[str, dict]:
    """Tune every way to match on a run's valid, and apply it to its test.

    ``matching.json``, ``scores.json`` and, in ``rankings``, a file for each
    way go into the folder ``matched`` of the run, and stay there until
    something that they were made of changes.

    Args:
        run (Path): The folder of the run.
        data_root (str): The folder that holds the splits.
        own_frame_file (str, optional): The classifier of the own frame, with
            which every way is tried too. Defaults to None.
        methods (Sequence[str]): The ways. Defaults to all.

    Returns:
        dict: The scores on test by the name of the way, ``'plain'`` first,
        in per cent.

    Raises:
        ValueError: If the embeddings are not of these data.
    """
    folder = run / MATCHED
    steps = Steps(folder / 'steps', say=lambda line: None)
    valid, test = (run / files.EMBEDDINGS.format(split) for split in _SPLITS)
    matching, scores = folder / 'matching.json', folder / 'scores.json'
    rankings = folder / 'rankings'

    def tune():
        tuned = tune_on_valid(str(valid), data_root, own_frame_file, methods)
        write_atomically(matching, json.dumps(tuned, indent=1))
        return f'{len(tuned["methods"])} ways on valid'

    def rank():
        matched = rank_saved(str(test), data_root, str(matching), 'test')
        matched.write(rankings)
        found = matched.scores()
        write_atomically(scores, json.dumps(found, indent=1))
        return ', '.join(f'{name} {each["mAP"]:.2f}'
                         for name, each in found.items())

    steps.do(
        'tune',
        dict(
            embeddings=valid,
            annotations=stamp_index(data_root, 'valid'),
            own_frame=own_frame_file and Path(own_frame_file),
            methods=list(methods)), [matching], tune)
    names = json.loads(matching.read_text())['scores']
    steps.do(
        'rank',
        dict(
            embeddings=test,
            annotations=stamp_index(data_root, 'test'),
            matching=matching),
        [scores, *(rankings / f'{name}.json' for name in names)], rank)
    return json.loads(scores.read_text())


def tabulate(runs: Sequence[Path], scores: Sequence[Dict[str, dict]]) -> str:
    """Put runs together by model and share of the data, as Markdown.

    Args:
        runs (Sequence[Path]): The folders of the runs.
        scores (Sequence[dict]): What :func:`match_run` returned for each.

    Returns:
        str: A line for each model and share, with mAP and rank-1 by every
        way, and what that is.
    """
    rows = {}
    for run, found in zip(runs, scores):
        result = json.loads((run / files.RESULT).read_text())
        key = result['label'], result['fraction']
        rows.setdefault(key, Row(*key)).results.append(found)
    names = list(scores[0])
    table = format_table(
        ('model', 'data', 'seeds', *names),
        [(row.label, f'{100 * row.fraction:g} %', len(row.results),
          *(_cell(row, name) for name in names)) for row in rows.values()])
    return f'{table}\n\n{_NOTE}\n'


def _cell(row: Row, name: str) -> str:
    return (f'{plus_minus(row, f"{name}.mAP")} / '
            f'{row.mean(f"{name}.rank-1"):.2f}')
