"""The table: runs put together by model and share of the data."""

import csv
import io
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from snreid_mm.utils.files import write_atomically
from . import folder as files
from .plan import Run

_MISSING = '–'


@dataclass
class Row:
    """One line of the table: a model on a share of the training data.

    Args:
        label (str): The model.
        fraction (float): The share of the training actions.
        planned (int): Runs that belong here.
        results (list[dict]): The results of those that are done.
        failures (list[tuple[int, str]]): Seed and reason of those that
            failed.
    """

    label: str
    fraction: float
    planned: int = 0
    results: List[dict] = field(default_factory=list)
    failures: List[Tuple[int, str]] = field(default_factory=list)

    def values(self, key: str) -> List[float]:
        """The numbers of all results, under a dotted key; those that were
        not measured are left out."""
        found = []
        for result in self.results:
            value = result
            for part in key.split('.'):
                value = (value or {}).get(part)
            if value is not None:
                found.append(value)
        return found

    def mean(self, key: str) -> Optional[float]:
        """The mean over the seeds; None if there is none."""
        values = self.values(key)
        return statistics.fmean(values) if values else None

    def deviation(self, key: str) -> Optional[float]:
        """The sample standard deviation over the seeds; None for fewer than
        two."""
        values = self.values(key)
        return statistics.stdev(values) if len(values) > 1 else None

    @property
    def state(self) -> str:
        """str: ``'done'``, or how many runs are missing or failed."""
        left = self.planned - len(self.results) - len(self.failures)
        parts = []
        if self.failures:
            parts.append(f'{len(self.failures)} of {self.planned} failed')
        if left:
            parts.append(f'{left} of {self.planned} to do')
        return ', '.join(parts) or 'done'


def collect(runs: Sequence[Run]) -> List[Row]:
    """Put the runs together: a row for each fraction and model, the larger
    fractions first and the models as they were given."""
    rows = {}
    for run in runs:
        key = (run.fraction, run.label)
        row = rows.setdefault(key, Row(run.label, run.fraction))
        row.planned += 1
        result, failure = files.read_result(run), files.read_failure(run)
        if result is not None:
            row.results.append(result)
        elif failure is not None:
            row.failures.append((run.seed, failure))
    return sorted(rows.values(), key=lambda row: -row.fraction)


def write_tables(runs: Sequence[Run],
                 work_dir: Path,
                 remark: str = '') -> List[Row]:
    """Write ``results.md``, ``results.csv`` and ``runs.csv`` into a folder,
    and return the table's rows."""
    rows = collect(runs)
    write_atomically(work_dir / 'results.md', markdown(rows, remark))
    write_atomically(work_dir / 'results.csv', _csv(map(_csv_row, rows)))
    write_atomically(work_dir / 'runs.csv', _csv(map(_run_row, runs)))
    return rows


def markdown(rows: Sequence[Row], remark: str = '') -> str:
    """Format the table as Markdown, with what its columns are, and why what
    failed did so; ``remark`` is a sentence above it."""
    on_gpu = {d != 'cpu' for row in rows for d in row.values('train.device')}
    header = [
        'model', 'data', 'seeds', 'mAP', 'rank-1', 'parameters, M', 'MACs, G',
        'training, images/s', 'test, images/s', 'peak memory, GB', 'runs'
    ]
    lines = [remark, ''] if remark else []
    lines += [_line(header), _line(['---'] * 2 + ['---:'] * 8 + ['---'])]
    for row in rows:
        lines.append(
            _line([
                row.label, f'{100 * row.fraction:g} %',
                str(len(row.results)),
                plus_minus(row, 'mAP'),
                plus_minus(row, 'rank1'),
                _number(row.mean('test.parameters'), 1e6, 1),
                _number(row.mean('test.macs'), 1e9, 2),
                _number(row.mean('train.images_per_second')),
                _number(row.mean('test.images_per_second')),
                _number(_peak(row), 1e9, 2), row.state
            ]))
    return '\n'.join([*lines, '', *_notes(rows, on_gpu), *_failures(rows), ''])


def _notes(rows: Sequence[Row], on_gpu: set) -> List[str]:
    sizes = sorted({
        tuple(size)
        for row in rows for size in row.values('test.image_size')
    })
    named = ', '.join(f'{height} × {width}' for height, width in sizes)
    best = {
        name.startswith('best_')
        for row in rows for name in row.values('checkpoint')
    }
    tested = {
        True: 'the best on the validation split',
        False: 'the last of the training'
    }
    which = ' or '.join(tested[each] for each in sorted(best, reverse=True))
    notes = [
        'mAP and rank-1 in per cent on the test split, the mean over the '
        'seeds ± the sample standard deviation. ' +
        (f'The tested checkpoint is {which}. ' if best else '') +
        'Parameters and '
        'multiply-additions (MACs; a FLOP count that takes a multiplication '
        'and an addition as two is twice that) are counted by MMEngine for '
        f'one image{f" of {named}" if named else ""}, without what only '
        'training needs (the classifier over the training identities, taps '
        'that are not joined). Images per second are those of the '
        'loops as they ran, loading included, validation not.'
    ]
    memory = {
        False:
        'the memory of the process, without the workers of its data loaders',
        True: 'what torch had allocated on the GPU'
    }
    if on_gpu:
        notes.append('Peak memory, of training or test, whichever is larger, '
                     f'is {" or ".join(memory[k] for k in sorted(on_gpu))}' +
                     _memory_before(rows))
    devices = sorted({
        _measured_on(result['train'], result.get('side_by_side'))
        for row in rows for result in row.results if result.get('train')
    })
    if devices:
        notes.append(f'Measured on: {"; ".join(devices)}.')
    return [' '.join(notes)]


def _memory_before(rows: Sequence[Row]) -> str:
    """Say how much of the peak memory is none of the loop's."""
    values = [
        value for row in rows for part in ('train', 'test')
        for value in row.values(f'{part}.memory_before')
    ]
    if not values:
        return '.'
    low, high = (_number(f(values), 1e9, 2) for f in (min, max))
    return (f'; {low} to {high} GB of it were in use before the first batch, '
            'by the model and, on a CPU, by Python and its libraries.')


def _measured_on(measured: dict, jobs: Optional[int]) -> str:
    threads = measured.get('threads')
    parts = [measured.get('device', 'an unknown device')]
    if threads:
        parts.append(f'{threads} CPU thread{"s" * (threads > 1)}')
    if jobs:
        parts.append(f'{jobs} side by side')
    return ', '.join(parts)


def _failures(rows: Sequence[Row]) -> List[str]:
    lines = [
        f'- {row.label}, {100 * row.fraction:g} %, seed {seed}: {reason}'
        for row in rows for seed, reason in row.failures
    ]
    return ['', 'Failed:', '', *lines] if lines else []


def _peak(row: Row) -> Optional[float]:
    values = row.values('train.peak_memory') + row.values('test.peak_memory')
    return max(values) if values else None


def plus_minus(row: Row, key: str) -> str:
    """Write the mean over the seeds ± the sample standard deviation."""
    mean, deviation = row.mean(key), row.deviation(key)
    if mean is None:
        return _MISSING
    return f'{mean:.2f}' + ('' if deviation is None else
                            f' ± {deviation:.2f}')


def _number(value: Optional[float], unit: float = 1., digits: int = 1) -> str:
    return _MISSING if value is None else f'{value / unit:,.{digits}f}'


def _line(cells: Sequence[str]) -> str:
    return '| ' + ' | '.join(cell.replace('|', '\\|')
                             for cell in cells) + ' |'


def _csv_row(row: Row) -> dict:
    return {
        'model': row.label,
        'fraction': row.fraction,
        'seeds': len(row.results),
        'mAP mean': row.mean('mAP'),
        'mAP std': row.deviation('mAP'),
        'rank-1 mean': row.mean('rank1'),
        'rank-1 std': row.deviation('rank1'),
        'parameters': row.mean('test.parameters'),
        'MACs': row.mean('test.macs'),
        'training images/s': row.mean('train.images_per_second'),
        'test images/s': row.mean('test.images_per_second'),
        'peak memory bytes': _peak(row),
        'runs': row.state,
    }


def _run_row(run: Run) -> dict:
    result = files.read_result(run) or {}
    failure = files.read_failure(run)
    train, test = result.get('train') or {}, result.get('test') or {}
    return {
        'model': run.label,
        'config': run.stem,
        'fraction': run.fraction,
        'seed': run.seed,
        'state': 'done' if result else 'failed' if failure else 'to do',
        'mAP': result.get('mAP'),
        'rank-1': result.get('rank1'),
        'checkpoint': result.get('checkpoint'),
        'parameters': test.get('parameters'),
        'MACs': test.get('macs'),
        'training images/s': train.get('images_per_second'),
        'test images/s': test.get('images_per_second'),
        'training peak memory bytes': train.get('peak_memory'),
        'training memory before bytes': train.get('memory_before'),
        'test peak memory bytes': test.get('peak_memory'),
        'test memory before bytes': test.get('memory_before'),
        'device': train.get('device'),
        'threads': train.get('threads'),
        'side by side': result.get('side_by_side'),
        'fingerprint': result.get('fingerprint'),
        'folder': str(run.folder),
        'reason': failure,
    }


def _csv(rows) -> str:
    rows = list(rows)
    text = io.StringIO(newline='')
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
