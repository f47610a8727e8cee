"""model-index.yml must lead to every config."""

from pathlib import Path

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
