import json
from pathlib import Path

import cv2
import pytest

from snreid_mm.datasets.split_crops import read_split

TOOL = Path(__file__).parents[2] / 'tools/analysis_tools/report.py'


@pytest.fixture(scope='module')
def ranking(tiny_pitch, tmp_path_factory):
    """A ranking file of the tiny pitch, each gallery in its order."""
    query, gallery = read_split(str(tiny_pitch), 'test')
    path = tmp_path_factory.mktemp('ranking') / 'rankings.json'
    path.write_text(
        json.dumps({
            int(bbox):
            gallery.bbox_idx[gallery.action_idx == action].tolist()
            for bbox, action in zip(query.bbox_idx, query.action_idx)
        }))
    return path


def test_report(run_tool, tiny_pitch, ranking, tmp_path):
    code, printed, _ = run_tool(TOOL, ranking, f'again={ranking}',
                                '--data-root', tiny_pitch, '--out',
                                tmp_path / 'out', '--attach', __file__)
    assert code == 0
    page = tmp_path / 'out/index.html'
    assert printed.splitlines()[-1] == f'Report: {page}'
    assert printed.startswith('rankings: mAP ')
    text = page.read_text()
    assert '<h1>tiny, test</h1>' in text
    assert 'again' in text and 'test_report.py' in text


def test_the_model_of_the_ranking_explains(run_tool, tiny_pitch, ranking,
                                           small_model, tmp_path):
    code, _, errors = run_tool(TOOL, ranking, '--data-root', tiny_pitch,
                               '--out', tmp_path / 'out', '--explain',
                               *small_model, '--explained', 1)
    assert code == 0, errors
    queries = (tmp_path / 'out/queries.js').read_text()
    explained = json.loads(queries[len('report.addQueries('):-3])['explained']
    query, _ = read_split(str(tiny_pitch), 'test')
    names = sorted(path.name
                   for path in (tmp_path / 'out/explained').iterdir())
    assert names == sorted(f'{query.bbox_idx[int(i)]}-{other}.webp'
                           for i, others in explained.items()
                           for other in others)
    assert len(explained) <= 3 <= len(names)
    picture = cv2.imread(str(tmp_path / 'out/explained' / names[0]))
    assert picture.shape[1] == 1400 and picture.std() > 20


@pytest.mark.parametrize(('arguments', 'message'), [
    (['{r}', '{r}'], "Two rankings are called 'rankings'"),
    (['{r}', '--attach', 'nowhere.png'], 'no file nowhere.png to attach'),
    (['nowhere.json'], 'nowhere.json'),
    (['{r}', '--explain', 'c.py', 'c.pth', '--explained', '0'],
     '--explained must be at least 1, but is 0'),
    (['{r}', '--explain', 'no.py', 'c.pth'], 'no.py'),
])
def test_bad_arguments(run_tool, tiny_pitch, ranking, arguments, message):
    arguments = [each.format(r=ranking) for each in arguments]
    code, _, errors = run_tool(TOOL, *arguments, '--data-root', tiny_pitch)
    assert code == 1
    assert message in errors.splitlines()[-1]
