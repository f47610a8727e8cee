"""Soccer player re-identification, as a plugin of MMPretrain."""

from .utils.dependencies import check_dependencies

check_dependencies()

from .utils.safe_load import allow_runner_checkpoints  # noqa: E402
from .version import __version__  # noqa: E402

allow_runner_checkpoints()

__all__ = ['__version__']
