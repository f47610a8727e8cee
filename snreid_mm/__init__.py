"""Soccer player re-identification, as a plugin of MMPretrain."""

from .utils.dependencies import check_dependencies

check_dependencies()

from .utils.model_index import register_models  # noqa: E402
from .utils.safe_load import register_loaders  # noqa: E402
from .version import __version__  # noqa: E402

register_loaders()
register_models()

__all__ = ['__version__']
