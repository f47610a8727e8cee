"""The packages of the extra ``deploy``."""

import importlib
from types import ModuleType


def import_optional(name: str) -> ModuleType:
    """Import a module of a package that only exports need.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f'Exported files need {name.split(".")[0]}, which cannot be '
            f'imported ({error}): run `pip install onnx onnxruntime '
            'onnxscript`.') from error
