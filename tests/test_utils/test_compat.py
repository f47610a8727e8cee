from mmengine.runner import Runner
from mmengine.utils import digit_version
from torch import nn

from snreid_mm.utils.compat import register_load_pre_hook
from snreid_mm.utils.dependencies import REQUIRED


def test_a_hook_before_loading():
    calls = []
    for hides in (False, True):

        class Old(nn.Linear):
            """A module as it is below torch 2.5."""

            if hides:

                def __getattribute__(self, name):
                    if name == 'register_load_state_dict_pre_hook':
                        raise AttributeError(name)
                    return super().__getattribute__(name)

        model = Old(1, 1)
        register_load_pre_hook(
            model, lambda module, state, *args: calls.append(module))
        model.load_state_dict(model.state_dict())
        assert calls.pop() is model and not calls
    # When this fails, call PyTorch's own method instead.
    assert digit_version(REQUIRED['torch'][1]) < digit_version('2.5')


def test_a_runner_still_has_no_public_word_for_resuming():
    names = {name for name in dir(Runner) if 'resum' in name.lower()}
    assert {name for name in names if not name.startswith('_')} == {
        'resume', 'load_or_resume'
    }
    assert callable(Runner.resume)
