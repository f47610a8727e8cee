import os
import re
import signal
import sys
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings

for profile, options in dict(
        suite=dict(max_examples=50, derandomize=True),
        nightly=dict(max_examples=1500)).items():
    settings.register_profile(
        profile,
        deadline=None,  # no timers: these machines are busy
        database=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture, HealthCheck.too_slow
        ],
        **options)
settings.load_profile(os.environ.get('HYPOTHESIS_PROFILE', 'suite'))

# Small tensors: more threads only cost. Before torch is imported.
os.environ.setdefault('OMP_NUM_THREADS', '1')

# The tests compare with a CPU's numbers: a GPU is seen where `-m gpu` asks for
# it. Set before torch looks; the other processes of a run inherit it.
GIVEN = ' '.join([os.environ.get('PYTEST_ADDOPTS', ''), *sys.argv])
if 'PYTEST_XDIST_WORKER' not in os.environ and not re.search(
        r'(^| )-\w*m[ =]?[\'"]?gpu', GIVEN):
    os.environ['CUDA_VISIBLE_DEVICES'] = ''

from mmengine.config import config as mmengine_config  # noqa: E402
from mmengine.dataset import base_dataset  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from yapf.yapflib import yapf_api  # noqa: E402
# Fixtures for all tests.
from random_splits import make_split, write_ground_truth  # noqa: E402,F401
from small_model import small_model  # noqa: E402,F401
from soccernet_tree import tree  # noqa: E402,F401
from tiny_model import folder, pictures, tiny_model  # noqa: E402,F401
from tool_runner import no_runner_before, run_tool  # noqa: E402,F401


@pytest.fixture(autouse=True, scope='session')
def quick_runner():
    """Lay no config out and describe no machine for the log, which takes
    longer than a short training. What runs in another process does."""
    with pytest.MonkeyPatch.context() as patch:
        # MMEngine imports it once, its living fork anew each time.
        for module in (mmengine_config, yapf_api):
            patch.setattr(
                module,
                'FormatCode',
                lambda text, **_: (text, True),
                raising=False)
        # For each data set it looks at all that was ever imported.
        patch.setattr(base_dataset, 'gc', SimpleNamespace(collect=int))
        patch.setattr(Runner, '_log_env', lambda *_: None)
        yield


SIGNALS = {
    number: signal.getsignal(number)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP,
                   signal.SIGQUIT)
}


@pytest.fixture(autouse=True)
def restore_signals():
    """Take back the handlers that a tool, of a test or of a fixture, has set
    for its process: a pool of another test would inherit them, and not end
    when it is told to."""
    for number, handler in SIGNALS.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def forget_runners():
    with no_runner_before():
        yield


def pytest_collection_modifyitems(items):
    gpu_items = [item for item in items if item.get_closest_marker('gpu')]
    if not gpu_items:
        return
    import torch
    if not torch.cuda.is_available():
        for item in gpu_items:
            item.add_marker(pytest.mark.skip(reason='no GPU, or no -m gpu'))


@pytest.fixture(scope='session')
def tiny_pitch(tmp_path_factory):
    """The root of a tiny synthetic data set, which the processes of a test
    run share. Read it, do not change it."""
    from filelock import FileLock
    from snreid_mm.pitch import make_pitch
    folder = tmp_path_factory.getbasetemp()
    if 'PYTEST_XDIST_WORKER' in os.environ:
        folder = folder.parent
    root = folder / 'pitch/tiny'
    with FileLock(folder / 'pitch.lock'):
        if not root.exists():
            make_pitch(root, 'tiny', seed=0, workers=1, progress=False)
    return root
