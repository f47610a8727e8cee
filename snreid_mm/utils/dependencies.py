"""Which packages snreid_mm needs, in which versions, and how to get them."""

import importlib
from importlib import metadata

from mmengine.utils import digit_version

# name: (distributions that provide it, minimum, first version that is too
# new or None, the command that mends it). MMCV's lower and upper bounds are
# MMPose 1.1's, the newest MMPose that works without compiled operators. The
# names with onedl are OpenMMLab's fork, which has the same modules.
REQUIRED = {
    'torch': (('torch', ), '2.1', None, 'pip install "torch>=2.1"'),
    'mmengine': (('mmengine', 'mmengine-lite', 'onedl-mmengine'), '0.10.4',
                 '1.0', 'pip install "mmengine>=0.10.4,<1.0"'),
    'mmcv': (('mmcv', 'mmcv-lite'), '2.0.0', '2.2.0',
             'pip install "mmcv-lite>=2.0.0,<2.2.0"'),
    'mmpretrain': (('mmpretrain', 'onedl-mmpretrain'), '1.2.0', '2.0',
                   'pip install "mmpretrain>=1.2.0,<2.0"'),
    'mmpose': (('mmpose', ), '1.1.0', '2.0',
               'pip install --no-deps "mmpose==1.1.0"'),
}

# MMPretrain reads names of Transformers that are gone since this version, but
# only if this other package is there too, which SoccerNet brings.
TRANSFORMERS_TOO_NEW, WITH_TRANSFORMERS = '4.52', 'pycocoevalcap'


def installed_version(distributions: tuple):
    """Return the version of the first of ``distributions`` that is installed,
    or None."""
    for name in distributions:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def check_dependencies(required: dict = REQUIRED) -> None:
    """Check that every required package is there in a version that works.

    The installed metadata is read, and of the packages only xtcocotools'
    extension is imported: others may fail at their own import, with a less
    helpful message. The extension, which MMPose imports, is built for one
    major version of NumPy, and another install may have brought the next.

    Args:
        required (dict): The packages, as in :data:`REQUIRED`.

    Raises:
        ImportError: If one is missing, too old or too new, or Transformers is
            too new for MMPretrain. The message names the package, the version
            found, the range that works and the command that installs it.
    """
    for name, (distributions, minimum, too_new, mend) in required.items():
        found = installed_version(distributions)
        wanted = f'>={minimum}' + (f',<{too_new}' if too_new else '')
        if found is None or not (
                digit_version(minimum) <= digit_version(found) <
                digit_version(too_new or '999')):
            raise ImportError(f'snreid_mm needs {name}{wanted}, but '
                              f'{found or "none"} is installed: run `{mend}`.')
    found = installed_version(('transformers', ))
    if (found and digit_version(found) >= digit_version(TRANSFORMERS_TOO_NEW)
            and installed_version((WITH_TRANSFORMERS, ))
            and installed_version(('mmpretrain', ))):  # the fork may be newer
        raise ImportError(
            f'MMPretrain cannot be imported beside transformers {found}: run '
            f'`pip install "transformers<{TRANSFORMERS_TOO_NEW}"`.')
    try:
        importlib.import_module('xtcocotools._mask')
    except ValueError as error:
        raise ImportError(
            'xtcocotools, which MMPose imports, was built for another NumPy '
            f'than the installed {metadata.version("numpy")} ({error}): run '
            '`pip install "numpy>=1.23,<2" "opencv-python>=4.7,<4.12"`.'
        ) from error
