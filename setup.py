"""Everything static is in setup.cfg. This file puts the configs, the tools
and the model index where mim looks for them: ``snreid_mm/.mim``."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel

ROOT = Path(__file__).resolve().parent
MIM_FILES = ('configs', 'tools', 'model-index.yml')


class BuildPy(build_py):
    """Copy mim's files into a build; link them in an editable one."""

    def run(self):
        super().run()
        package = ROOT if self.editable_mode else Path(self.build_lib)
        mim = package / 'snreid_mm' / '.mim'
        if mim.exists():
            shutil.rmtree(mim)
        mim.mkdir(parents=True)
        for name in MIM_FILES:
            if self.editable_mode:
                (mim / name).symlink_to(Path('..', '..', name))
            elif (ROOT / name).is_dir():
                shutil.copytree(
                    ROOT / name,
                    mim / name,
                    ignore=shutil.ignore_patterns('__pycache__'))
            else:
                shutil.copy2(ROOT / name, mim / name)


class _RootBeforeSitePackages:
    """Write the ``.pth`` file of an editable install.

    mim asks ``pkg_resources`` where the distribution lies and appends the
    package's name. With setuptools' own ``.pth`` the answer is site-packages,
    where an editable package is not. With the project root in front, its
    egg-info is found first and the answer is right.
    """

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __call__(self, wheel, files, mapping):
        line = (f'import sys; r = {str(ROOT)!r}; r in sys.path or '
                'sys.path.insert(next((i for i, p in enumerate(sys.path) '
                'if p.endswith("-packages")), len(sys.path)), r)\n')
        wheel.writestr('__editable__.snreid_mm.pth', line)


class EditableWheel(editable_wheel):

    def run(self):
        # The egg-info beside the package that pkg_resources is to find;
        # setuptools itself writes one to a temporary folder only.
        self.run_command('egg_info')
        super().run()

    def _select_strategy(self, name, tag, build_lib):
        return _RootBeforeSitePackages()


setup(cmdclass={'build_py': BuildPy, 'editable_wheel': EditableWheel})
