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


class EditableWheel(editable_wheel):
    """Let mim find an editable install.

    mim and MMEngine join the folder of the distribution, site-packages, and
    the first name in ``top_level.txt``. An editable package is not there, so
    its name becomes its path, which joined with any folder remains itself.
    """

    def run(self):
        if self.dist_info_dir is None:
            # Left alone it would write into the source tree, and stay there.
            dist_info = self.reinitialize_command('dist_info')
            dist_info.output_dir = self.dist_dir
            self.run_command('dist_info')
            self.dist_info_dir = dist_info.dist_info_dir
        Path(self.dist_info_dir, 'top_level.txt').write_text(
            f'{ROOT / "snreid_mm"}\n')
        super().run()


setup(cmdclass={'build_py': BuildPy, 'editable_wheel': EditableWheel})
