import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = ('setup.py', 'setup.cfg', 'pyproject.toml', 'MANIFEST.in',
         'README.md', 'LICENSE', 'model-index.yml')


def test_editable_install_leaves_no_metadata_in_the_source(tmp_path):
    source, wheels = tmp_path / 'source', tmp_path / 'wheels'
    for name in ('snreid_mm', 'configs', 'tools'):
        (source / name).mkdir(parents=True)
    for name in FILES:
        shutil.copy(ROOT / name, source)
    shutil.copy(ROOT / 'snreid_mm' / 'version.py', source / 'snreid_mm')
    (source / 'snreid_mm' / '__init__.py').touch()
    subprocess.run([
        sys.executable, '-c', 'import sys\n'
        'from setuptools import build_meta\n'
        'build_meta.build_editable(sys.argv[1])',
        str(wheels)
    ], cwd=source, check=True, capture_output=True)
    assert {path.name for path in source.iterdir()
            } <= {*FILES, 'snreid_mm', 'configs', 'tools', 'build'}
    wheel, = wheels.iterdir()
    with zipfile.ZipFile(wheel) as file:
        top_level, = (name for name in file.namelist()
                      if name.endswith('.dist-info/top_level.txt'))
        # The way by which mim finds it.
        assert file.read(top_level).decode() == f'{source / "snreid_mm"}\n'
    assert (source / 'snreid_mm' / '.mim' / 'configs').is_dir()
