"""Which way the imports of the package go, read from its source."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import snreid_mm

PACKAGE = Path(snreid_mm.__file__).parent
REPO = PACKAGE.parent
# A room imports from itself and from the floors below its own.
FLOORS = (
    ('version', 'registry'),
    ('utils', ),
    ('structures', ),
    ('soccernet', ),
    ('datasets', 'models', 'evaluation', 'pitch'),
    ('visualization', ),
    ('engine', ),
    ('results', 'report', 'deployment'),
    ('apis', ),
)
FLOOR = {room: i for i, floor in enumerate(FLOORS) for room in floor}
# What opens a file, by the last part of its name.
OPENERS = {
    'open', 'ZipFile', 'read_text', 'read_bytes', 'write_text', 'write_bytes',
    'imread', 'imwrite', 'load', 'loadtxt', 'genfromtxt', 'fromfile',
    'tofile', 'memmap', 'save', 'savez', 'savetxt', 'savefig', 'dump'
}


def module_name(path):
    parts = path.relative_to(REPO).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


def imports_of(tree, name, is_package, known):
    """The modules that a source names in its import statements, those in
    functions and below TYPE_CHECKING too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = name.split('.')
            drop = node.level - is_package
            base = parts[:len(parts) - drop] if node.level else []
            base = '.'.join(base + ([node.module] if node.module else []))
            for alias in node.names:
                inner = f'{base}.{alias.name}'
                found.add(inner if inner in known else base)
    return found


def read_package():
    """The source tree and the imports of every module of the package."""
    paths = {module_name(path): path for path in PACKAGE.rglob('*.py')}
    trees = {
        name: ast.parse(path.read_text(encoding='utf-8'))
        for name, path in paths.items()
    }
    return trees, {
        name: imports_of(tree, name, paths[name].name == '__init__.py', paths)
        for name, tree in trees.items()
    }


TREES, IMPORTS = read_package()


def room_of(module):
    """The folder or file directly below the package, None for others."""
    parts = module.split('.')
    return parts[1] if parts[0] == 'snreid_mm' and len(parts) > 1 else None


def below(room):
    return [name for name in TREES if f'{name}.'.startswith(
        f'snreid_mm.{room}.')]


def upward_imports(imports):
    """The imports of a room that stands above, or beside on its floor."""
    found = []
    for name, targets in imports.items():
        here = room_of(name)
        for target in targets:
            there = room_of(target)
            if here is None or there in (None, here):
                continue
            if FLOOR[there] >= FLOOR[here]:
                found.append(f'{name} imports {target}')
    return sorted(found)


def cycle(imports):
    """One circle of imports, or None."""
    graph = {
        name: {target for target in targets if target in imports} - {name}
        for name, targets in imports.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except ValueError as error:
        return error.args[1]
    return None


def opened_files(tree):
    """The calls in a source that open a file, by name."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = getattr(called, 'attr', getattr(called, 'id', None))
            if name in OPENERS:
                names.append(f'line {node.lineno}: {name}')
    return names


def test_every_room_has_its_floor():
    assert {room_of(name) for name in TREES} - {None} <= set(FLOOR)


def test_no_import_runs_upwards():
    assert upward_imports(IMPORTS) == []


def test_no_two_files_import_each_other():
    assert cycle(IMPORTS) is None


@pytest.mark.parametrize('module', below('evaluation.functional'))
def test_no_function_of_evaluation_opens_a_file(module):
    assert opened_files(TREES[module]) == []


@pytest.mark.parametrize('room, refused', [
    ('structures', {'torch', 'mmengine', 'mmpretrain', 'mmpose'}),
    ('evaluation.functional', {'torch', 'json', 'zipfile', 'pathlib', 'io'}),
])
def test_what_a_room_does_not_know(room, refused):
    assert below(room)
    for name in below(room):
        named = {target.split('.')[0] for target in IMPORTS[name]}
        assert not named & refused, name


def test_the_package_knows_no_tool():
    for name, targets in IMPORTS.items():
        top = {target.split('.')[0] for target in targets}
        assert not top & {'tools', 'tests', 'benchmarks', 'configs'}, name


def test_data_sets_stay_small():
    lines = sum(
        len(path.read_text(encoding='utf-8').splitlines())
        for path in (PACKAGE / 'datasets').rglob('*.py'))
    assert lines < 1650


def test_the_tests_see_what_they_look_for():
    """Each rule, broken on purpose."""
    known = {'snreid_mm.soccernet.index', 'snreid_mm.soccernet.roles'}
    source = ('if TYPE_CHECKING:\n    from ..results import Row\n'
              'def f():\n    from . import roles\n    import torch.nn\n')
    found = imports_of(
        ast.parse(source), 'snreid_mm.soccernet.index', False, known)
    assert found == {
        'snreid_mm.results', 'snreid_mm.soccernet.roles', 'torch.nn'
    }
    assert imports_of(ast.parse('from .index import f'),
                      'snreid_mm.soccernet', True, known) == {
                          'snreid_mm.soccernet.index'
                      }
    assert upward_imports({'snreid_mm.soccernet.index': found}) == [
        'snreid_mm.soccernet.index imports snreid_mm.results'
    ]
    assert upward_imports({'snreid_mm.models.x': {'snreid_mm.datasets'}})
    circle = {'a': {'b'}, 'b': {'c'}, 'c': {'a'}, 'd': {'a'}}
    assert set(cycle(circle)) == {'a', 'b', 'c'}
    assert opened_files(ast.parse('np.load(x); open(y); sum(z)')) == [
        'line 1: load', 'line 1: open'
    ]
