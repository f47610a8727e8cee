import torch
from mmengine._strategy import FSDPStrategy as _FSDPStrategy
from mmengine.device import get_device
from mmengine.dist import is_distributed
from torch.distributed.fsdp import FullyShardedDataParallel

from snreid_mm.registry import STRATEGIES


@STRATEGIES.register_module()
class FSDPStrategy(_FSDPStrategy):
    """MMEngine's FSDP, which can resume, and which runs on a CPU and in one
    process too.

    MMEngine 0.10 hands PyTorch the optimizer's state in the order of torch
    2.0's arguments, so that its own strategy cannot resume; it names a GPU
    to every process, and knows no run of a single one, such as a test.

    Args:
        **kwargs: See :class:`mmengine._strategy.FSDPStrategy`.
    """

    def _wrap_model(self, model):
        if not is_distributed():
            return model.to(get_device())
        if not torch.cuda.is_available():
            self.model_wrapper = dict(
                self.model_wrapper or {}, device_id=torch.device('cpu'))
        return super()._wrap_model(model)

    def load_optim_state_dict(self, state_dict: dict) -> None:
        """Give each process its share of the optimizer's state."""
        self.optim_wrapper.load_state_dict(
            FullyShardedDataParallel.optim_state_dict_to_load(
                model=self.model,
                optim=self.optim_wrapper.optimizer,
                optim_state_dict=state_dict))
