import pytest

from snreid_mm.utils import dependencies
from snreid_mm.utils.dependencies import check_dependencies

REQUIRED = {'pkg': (('pkg', 'pkg-lite'), '1.2', '2.0', 'pip install pkg')}


def _with_version(monkeypatch, version):
    monkeypatch.setattr(dependencies, 'installed_version', lambda _: version)


@pytest.mark.parametrize('version', ['1.2', '1.2.0', '1.10', '1.9.9+cu118'])
def test_a_version_in_range_passes(monkeypatch, version):
    _with_version(monkeypatch, version)
    check_dependencies(REQUIRED)


@pytest.mark.parametrize(('version', 'message'), [
    (None, r'pkg>=1\.2,<2\.0, but none is installed: run `pip install pkg`'),
    ('1.1.9', r'1\.1\.9 is installed: run `pip install pkg`'),
    ('2.0.0', r'2\.0\.0 is installed: run `pip install pkg`'),
])
def test_the_message_says_what_and_how(monkeypatch, version, message):
    _with_version(monkeypatch, version)
    with pytest.raises(ImportError, match=message):
        check_dependencies(REQUIRED)


def test_either_distribution_will_do():
    assert dependencies.installed_version(('no-such-dist', 'pytest'))
    assert dependencies.installed_version(('no-such-dist', )) is None


def test_an_extension_built_for_another_numpy_is_named(monkeypatch):

    def fail(name):
        assert name == 'xtcocotools._mask'
        raise ValueError('numpy.dtype size changed')

    monkeypatch.setattr(dependencies.importlib, 'import_module', fail)
    with pytest.raises(
            ImportError,
            match=r'another NumPy than .*size changed.*numpy>=1.23,<2"'):
        check_dependencies({})


@pytest.mark.parametrize('version, others, refused', [
    ('4.52.4', {'mmpretrain', 'pycocoevalcap'}, True),
    ('5.24.0', {'mmpretrain', 'pycocoevalcap'}, True),
    ('4.51.3', {'mmpretrain', 'pycocoevalcap'}, False),
    ('5.24.0', {'mmpretrain'}, False),
    ('5.24.0', {'onedl-mmpretrain', 'pycocoevalcap'}, False),
    (None, {'mmpretrain', 'pycocoevalcap'}, False),
])
def test_transformers_that_mmpretrain_cannot_read(monkeypatch, version,
                                                  others, refused):
    versions = {**dict.fromkeys(others, '1.0'), 'transformers': version}
    monkeypatch.setattr(dependencies, 'installed_version',
                        lambda names: versions.get(names[0]))
    if not refused:
        return check_dependencies({})
    with pytest.raises(
            ImportError,
            match=f'beside transformers {version}: run `pip install '
            '"transformers<4.52"`'):
        check_dependencies({})
