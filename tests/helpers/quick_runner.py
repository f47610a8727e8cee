"""MMEngine's runner without what it only prints."""

from contextlib import contextmanager

import pytest
from mmengine.config import config
from mmengine.runner import Runner


@contextmanager
def quick_runner():
    """Lay no config out and describe no machine for the log, which takes
    longer than a short training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, 'FormatCode', lambda text, **_: (text, True))
        patch.setattr(Runner, '_log_env', lambda *_: None)
        yield
