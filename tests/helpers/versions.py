"""What older versions of torch lack."""

import pytest
import torch
from mmengine.utils import digit_version

TORCH = digit_version(torch.__version__.split('+')[0])


def needs_torch(version, reason):
    """Skip a test, or a parameter of one, below a version of torch."""
    return pytest.mark.skipif(
        TORCH < digit_version(version), reason=f'torch {version}: {reason}')
