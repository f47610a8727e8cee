"""How Sphinx makes the site of the documentation; ``make docs`` runs it.

Sphinx reads from the root of the repository (``-c docs .``), so that the
guides, the READMEs of the configs and the links between them are the same
files on GitHub and on the site.
"""

import os
import re
import sys
from inspect import cleandoc
from pathlib import Path
from types import FunctionType

from docutils import nodes
from sphinx.addnodes import download_reference
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'docs')]

from model_table import model_table  # noqa: E402

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
    'myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon',
    'sphinx_copybutton'
]
# GitHub makes an anchor of every heading.
myst_heading_anchors = 4

# The docstrings name the types of arguments, in words.
autodoc_typehints = 'none'
# MMEngine's and PyTorch's docstrings are theirs.
autodoc_inherit_docstrings = False
autodoc_member_order = 'bysource'
napoleon_numpy_docstring = False
add_module_names = False
python_maximum_signature_line_length = 72
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
    REPOSITORY = '/'.join(
        (os.environ['READTHEDOCS_GIT_CLONE_URL'].removesuffix('.git'), 'blob',
         os.environ['READTHEDOCS_GIT_COMMIT_HASH']))


def readme_section(heading):
    """A section of README.md, for a page in ``docs/``."""
    text = (ROOT / 'README.md').read_text(encoding='utf-8')
    section = re.search(rf'^## {heading}\n.*?(?=^## )', text, re.M | re.S)
    if section is None:
        raise ExtensionError(
            f'README.md has no section "## {heading}" with another behind '
            'it, which docs/index.md shows: correct the heading there.')
    return re.sub(r'\]\((?!\w+://|#)', '](../', section[0])


def fill_page(app, docname, source):
    """Replace the marks of a page, which GitHub does not show."""

    def from_readme(match):
        app.env.note_dependency('README.md')
        return readme_section(match[1])

    def from_metafile(match):
        app.env.note_dependency(f'configs/{match[1]}/metafile.yml')
        return model_table(match[1])

    source[0] = re.sub('<!-- section of README: (.+) -->', from_readme,
                       source[0])
    source[0] = re.sub('<!-- models: (.+) -->', from_metafile, source[0])


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
    """Begin the description of a package with a list of its public names."""
    if what == 'module':
        lines.append('')
        for public in obj.__all__:
            value = getattr(obj, public)
            summary = ''
            if isinstance(value, (type, FunctionType)):
                paragraph = cleandoc(value.__doc__).split('\n\n')[0]
                summary = ': ' + paragraph.replace('\n', ' ')
            lines.append(f'- :py:obj:`~{name}.{public}`{summary}')
        lines.append('')


def find_in_any_package(app, env, node, contnode):
    """Lead ``PlayerReID`` and ``snreid_mm.models.PlayerReID`` to where it is
    described, ``snreid_mm.models.reid.PlayerReID``, if one such is."""
    if node.get('refdomain') != 'py':
        return None
    python = env.get_domain('py')
    parts = node['reftarget'].lstrip('.').split('.')
    for start in range(len(parts)):
        end = '.' + '.'.join(parts[start:])
        found = [
            name for name, entry in python.objects.items()
            if name.endswith(end) and not entry.aliased
        ]
        if len(found) == 1:
            return python.resolve_xref(env, node['refdoc'], app.builder,
                                       node['reftype'], found[0], node,
                                       contnode)
    return None


def setup(app):
    app.connect('source-read', fill_page)
    # Before Sphinx notes the files to copy.
    app.connect('doctree-read', link_to_repository, priority=100)
    app.connect('missing-reference', find_in_any_package)
    app.connect('autodoc-process-docstring', list_public_names)
