"""model-index.yml must lead to every config."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = [
    path for path in sorted((ROOT / 'configs').rglob('*.py'))
    if '_base_' not in path.parts
]


def test_every_config_is_listed_once():
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    listed = []
    for metafile in index['Import']:
        for entry in yaml.safe_load((ROOT / metafile).read_text())['Models']:
            listed.append((entry['Name'], entry['Config']))
    assert FILES
    assert sorted(listed) == sorted(
        (path.stem, path.relative_to(ROOT).as_posix()) for path in FILES)


def test_names_are_unique():
    names = [path.stem for path in FILES]
    assert len(names) == len(set(names))


def test_readmes_of_the_collections_exist():
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    for metafile in index['Import']:
        meta = yaml.safe_load((ROOT / metafile).read_text())
        for collection in meta['Collections']:
            assert (ROOT / collection['README']).read_text().strip()


DOCUMENTS = sorted(
    path for pattern in ('README.md', 'docs/**/*.md', 'configs/*/README.md',
                         'benchmarks/README.md') for path in ROOT.glob(pattern))


@pytest.mark.parametrize(
    'path', DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path):
    text = path.read_text()
    assert len(text) > 200
    for link in re.findall(r'\]\(([^)#\s]+)', text):
        if '://' not in link:
            target = path.parent / link
            assert target.exists(), link
            assert target.is_dir() or target.stat().st_size, link
