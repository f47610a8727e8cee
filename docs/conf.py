"""How Sphinx makes the site of the documentation; ``make docs`` runs it.

Sphinx reads from the root of the repository (``-c docs .``), so that the
guides, the READMEs of the configs and the links between them are the same
files on GitHub and on the site.
"""

import os
import sys
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import download_reference

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'docs')]

from model_table import fill_tables  # noqa: E402

from snreid_mm import __version__  # noqa: E402

project = 'snreid_mm'
release = version = __version__
project_copyright = 'the authors of snreid_mm, Apache 2.0'
html_title = f'{project} {version}'

# What is read: all pages, and nothing but them.
root_doc = 'docs/index'
include_patterns = [
    'docs/**.md', 'configs/*/README.md', 'benchmarks/README.md'
]
exclude_patterns = ['docs/_build'] + sorted(
    path.name for path in ROOT.iterdir()
    if path.name not in ('docs', 'configs', 'benchmarks'))

extensions = [
    'myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.autosummary',
    'sphinx.ext.napoleon', 'sphinx_copybutton'
]
# GitHub makes an anchor of every heading.
myst_heading_anchors = 4

# The docstrings name the types of arguments, in words.
autodoc_typehints = 'none'
# MMEngine's and PyTorch's docstrings are theirs.
autodoc_inherit_docstrings = False
autodoc_member_order = 'bysource'
autosummary_generate = False
napoleon_numpy_docstring = False
add_module_names = False
toc_object_entries_show_parents = 'hide'

html_theme = 'furo'
html_static_path = ['_static']
html_css_files = ['site.css']
templates_path = ['_templates']
# The first page is docs/index.html; who asks for the folder is led there.
html_additional_pages = {'index': 'to_first_page.html'}
html_copy_source = False
pygments_style = 'friendly'
pygments_dark_style = 'github-dark'
copybutton_exclude = '.linenos, .gp, .go'

# Where the files that are no pages can be looked at, e.g.
# https://github.com/OWNER/NAME/blob/main. Read the Docs knows it.
REPOSITORY = os.environ.get('SNREID_MM_SOURCE', '').rstrip('/')
if not REPOSITORY and 'READTHEDOCS_GIT_CLONE_URL' in os.environ:
    REPOSITORY = '/'.join((
        os.environ['READTHEDOCS_GIT_CLONE_URL'].removesuffix('.git'),
        'blob',
        os.environ['READTHEDOCS_GIT_COMMIT_HASH']))


def link_to_repository(app, doctree):
    """Lead a link to a config or a script to the repository.

    Where the repository's address is not known MyST's own way is left: the
    site has a copy of the file.
    """
    if not REPOSITORY:
        return
    for node in list(doctree.findall(download_reference)):
        path, _ = app.env.relfn2path(node['reftarget'], app.env.docname)
        link = nodes.reference('', '', refuri=f'{REPOSITORY}/{path}')
        link += node.children
        node.replace_self(link)


def list_public_names(app, what, name, obj, options, lines):
    """Begin the page of a package with a table of its public names."""
    if what == 'module':
        lines += ['', '.. autosummary::', '']
        lines += [f'   {name}.{public}' for public in obj.__all__] + ['']


def setup(app):
    app.connect('source-read', fill_tables)
    app.connect('doctree-read', link_to_repository)
    app.connect('autodoc-process-docstring', list_public_names)
