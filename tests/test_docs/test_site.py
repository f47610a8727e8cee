"""The site of the documentation: built once, as Read the Docs builds it."""

import importlib
import io
import pkgutil
import re
import runpy
import sys
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest
import yaml

import snreid_mm

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = 'https://example.org/snreid_mm/blob/main'
TABLES = runpy.run_path(str(ROOT / 'docs/model_table.py'))
MODELS = [
    model for models in TABLES['read_models']().values() for model in models
]


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    """The application that has built the site, and its warnings."""
    for package in ('sphinx', 'myst_parser', 'furo', 'sphinx_copybutton'):
        pytest.importorskip(package, reason='pip install -e ".[docs]"')
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils
    out = tmp_path_factory.mktemp('site')
    warnings = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, patch_docutils(
    ), docutils_namespace():
        patch.setattr(sys, 'path', sys.path[:])
        patch.setenv('SNREID_MM_SOURCE', REPOSITORY)
        app = Sphinx(
            ROOT, ROOT / 'docs', out / 'html', out / 'doctrees', 'html',
            # Furo makes the same pages in 1.3 times the time.
            confoverrides=dict(html_theme='basic'), status=None,
            warning=warnings)
        app.build()
    return app, warnings.getvalue()


def pages(app):
    """The text of each page by its path."""
    return {path: path.read_text() for path in app.outdir.rglob('*.html')}


def public_names():
    """Every package, with each class, function and constant it names."""
    for module in pkgutil.walk_packages(snreid_mm.__path__, 'snreid_mm.'):
        package = importlib.import_module(module.name)
        for name in getattr(package, '__all__', ()) if module.ispkg else ():
            if not isinstance(getattr(package, name), ModuleType):
                yield module.name, name


def test_it_builds_without_a_warning(site):
    app, warnings = site
    assert not warnings
    assert (app.outdir / 'index.html').is_file()
    assert app.env.found_docs > {'docs/index', 'configs/demo/README'}


def test_the_api_has_every_public_name_and_no_private_one(site):
    app, _ = site
    described = app.env.get_domain('py').objects
    assert not [name for name in described if '._' in name]
    found = set()
    for name in described:
        module, _, attribute = name.rpartition('.')
        if module in sys.modules:  # not of a class
            found.add(id(getattr(sys.modules[module], attribute, None)))
    names = list(public_names())
    assert len(names) > 150
    for package, name in names:
        value = getattr(sys.modules[package], name)
        assert id(value) in found, f'{package}.{name}'


def test_a_name_that_a_docstring_mentions_is_a_link(site):
    app, _ = site
    text = (app.outdir / 'docs/api/engine.html').read_text()
    assert re.search(r'href="models\.html#snreid_mm\.[\w.]+\.PlayerReID"', text)


def test_every_link_within_the_site_leads_somewhere(site):
    app, _ = site
    texts = pages(app)
    assert len(texts) > 50
    for path, text in texts.items():
        for link in re.findall(r'(?:href|src)="([^"#?]+)[^"]*"', text):
            if not re.match(r'\w+:', link):
                assert (path.parent / unquote(link)).exists(), (path, link)


def test_files_that_are_no_pages_are_links_to_the_repository(site):
    app, _ = site
    text = (app.outdir / 'docs/model_zoo.html').read_text()
    assert f'href="{REPOSITORY}/configs/demo/' in text
    assert not (app.outdir / '_downloads').exists()


def test_the_first_page_has_the_scores_of_the_readme(site):
    app, _ = site
    text = (app.outdir / 'docs/index.html').read_text()
    readme = (ROOT / 'README.md').read_text()
    mean = re.search(r'^\| the model \| ([\d.]+)', readme, re.M)[1]
    assert f'<p>{mean}</p>' in text


def test_the_model_zoo_has_every_model_once(site):
    app, _ = site
    text = (app.outdir / 'docs/model_zoo.html').read_text()
    for model in MODELS:
        assert text.count(f'<span>{model["Name"]}</span>') == 1 \
            or text.count(f'>{model["Name"]}<') == 1, model['Name']


def test_every_model_of_the_index_is_in_a_table():
    listed = []
    for metafile in yaml.safe_load(
        (ROOT / 'model-index.yml').read_text())['Import']:
        listed += yaml.safe_load((ROOT / metafile).read_text())['Models']
    assert [model['Name'] for model in MODELS] == [
        model['Name'] for model in listed
    ]
    page = (ROOT / 'docs/model_zoo.md').read_text()
    marks = re.findall('<!-- models: (.+) -->', page)
    assert sorted(marks) == sorted(TABLES['read_models']())


@pytest.mark.parametrize('model', MODELS, ids=lambda model: model['Name'])
def test_every_model_says_what_it_is_for(model):
    name, data, use, avoid, scores, weights = TABLES['row'](model)
    assert f'[{model["Name"]}](../{model["Config"]})' == name
    assert all(len(cell) > 3 for cell in (data, use, avoid, scores, weights))
    assert '|' not in ''.join((name, data, use, avoid, scores, weights))


def test_a_model_that_does_not_say_it_is_refused_by_name():
    model = dict(MODELS[0], Metadata={'Training Data': 'x', 'Use For': 'y'})
    with pytest.raises(KeyError, match=f'{MODELS[0]["Name"]}.*Not For'):
        TABLES['row'](model)


def test_scores_stand_in_the_document_that_they_name():
    counted = 0
    for model in MODELS:
        for result in model.get('Results', []):
            source = (ROOT / result['Source']).read_text()
            for value in result['Metrics'].values():
                assert re.search(rf'(?<![\d.]){value}', source), model['Name']
                counted += 1
    assert counted > 50
