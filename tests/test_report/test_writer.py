import json
import re
from dataclasses import replace

import pytest

from snreid_mm.report import write_report


def read_call(path, function):
    """The arguments of the only call in a script."""
    text = path.read_text()
    assert text.startswith(f'report.{function}(') and text.endswith(');\n')
    return json.loads(f'[{text[len(function) + 8:-3]}]')


@pytest.fixture(scope='module')
def folder(report, tmp_path_factory):
    work = tmp_path_factory.mktemp('report')
    (work / 'config.py').write_text('model = dict()  # </pre><script>')
    (work / 'curve.png').write_bytes(b'picture')
    page = write_report(
        report,
        work / 'out',
        'A <title>', [work / 'config.py', work / 'curve.png'],
        progress=False)
    assert page == work / 'out/index.html'
    return work / 'out'


def test_page(folder, report):
    page = (folder / 'index.html').read_text()
    assert 'A &lt;title&gt;' in page and 'A <title>' not in page
    assert '&lt;b&gt;perfect&lt;/b&gt;' in page and '<b>' not in page
    assert '# &lt;/pre&gt;&lt;script&gt;' in page
    assert f'{report.models[0].mAP.value:.2f}' in page
    assert 'snreid_mm ' in page and 'torch ' in page
    assert (folder / 'attached/1.png').read_bytes() == b'picture'


def test_it_needs_no_other_place(folder):
    page = (folder / 'index.html').read_text()
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert links
    for link in links:
        assert link.startswith(('#', 'data:,')) or (folder / link).is_file()
    for name in ('report.css', 'report.js'):
        assert '//' not in re.sub(r'^\s*//.*', '',
                                  (folder / name).read_text(),
                                  flags=re.MULTILINE)


def test_queries(folder, report):
    queries, = read_call(folder / 'queries.js', 'addQueries')
    assert queries['bbox'] == report.query.bbox_idx.tolist()
    assert [queries['roles'][i] for i in queries['role']] == report.query.role
    first = queries['models'][0]
    assert first['ap'][:3] == [50, 100, 33.3]
    assert first['rank'][:3] == [2, 1, 3]


def test_actions(folder, report):
    assert len(list((folder / 'sheets').iterdir())) == 10
    action, content = read_call(folder / 'actions/0.js', 'addAction')
    assert action == 0
    assert content['queries'] == [0, 1, 2]
    hostile = content['crops'][0]['file']
    assert hostile.startswith('<img') and '<script>' in hostile
    assert report.query.names[0].endswith(hostile)
    assert len(content['crops']) == 7
    # The gallery's places follow those of the three queries.
    assert content['rankings'][0][0] == [4, 3, 5, 6]
    people = [crop['person'] for crop in content['crops']]
    assert people[:3] == people[3:6]


def test_a_report_replaces_a_report_alone(report, tmp_path):
    (tmp_path / 'thesis.tex').write_text('x')
    with pytest.raises(FileExistsError, match='something else than a report'):
        write_report(report, tmp_path, 'title', progress=False)
    out = tmp_path / 'out'
    for _ in range(2):
        write_report(report, out, 'title', progress=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        'out', 'thesis.tex'
    ]


def test_nothing_is_left_of_half_a_report(report, tmp_path):
    names = list(report.gallery.names)
    names[5] = str(tmp_path / 'missing.png')
    broken = replace(report, gallery=replace(report.gallery, names=names))
    with pytest.raises(ValueError, match='missing.png'):
        write_report(broken, tmp_path / 'out', 'title', progress=False)
    assert not list(tmp_path.iterdir())
