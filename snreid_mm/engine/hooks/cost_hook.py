"""What a run costs, measured while it runs."""

import contextlib
import io
import json
import logging
import resource
import time
from pathlib import Path
from typing import Optional

import torch
from mmengine.analysis import get_model_complexity_info
from mmengine.hooks import Hook
from mmengine.logging import print_log

from snreid_mm.registry import HOOKS
from snreid_mm.utils.files import write_atomically

# The first batches of a process pay for the loader's start, the choice of
# convolution algorithms and the first allocations.
_WARM_UP = 10


@HOOKS.register_module()
class CostHook(Hook):
    """Measure images per second and peak memory, and count the model.

    Images per second are those of the loop as it is: loading, model and
    optimizer, or loading, model and metric. Validation is left out, and in
    training by epochs so are the checkpoints. The first ten batches of a
    process are left out too, or half of them, where there are fewer than
    twenty.

    Peak memory is, on a GPU, the most that torch had allocated there; on a
    CPU, the most that the process had in memory during the loop, without the
    workers of its data loaders. Most of the latter can be Python's libraries,
    so ``memory_before``, what the process had before the first batch (the
    libraries, the model and the index of the data), is written beside it. A
    training that was stopped and resumed is measured over all its parts.

    In a test, the parameters and the multiply-additions (MACs) of the model
    are counted too, the latter by MMEngine, for one image of the size that
    the test used. What only training needs is not counted: the classifier
    over the training identities, and the taps of
    :class:`~snreid_mm.models.PlayerReID` that are not joined to the
    embedding.

    Args:
        train_file (str, optional): Where training writes its numbers, a
            ``.json``. Defaults to None, which measures no training.
        test_file (str, optional): Where a test writes its numbers, a
            ``.json``. Defaults to None, which measures no test.
    """

    # Before the logger, which resets torch's peak memory.
    priority = 'NORMAL'

    def __init__(self,
                 train_file: Optional[str] = None,
                 test_file: Optional[str] = None) -> None:
        self.train_file = train_file
        self.test_file = test_file
        self._earlier = {}
        self._batches = []  # (images, seconds) of each
        self._gpu_peak = 0
        self._memory_before = 0
        self._clock = None
        self._image_shape = None

    def before_train(self, runner) -> None:
        """Read what earlier parts of a resumed training have measured."""
        self._begin()
        if self.train_file is None:
            return
        path = Path(self.train_file)
        if runner.iter > 0 and path.is_file():
            self._earlier = json.loads(path.read_text())

    def before_train_epoch(self, runner) -> None:
        """Start the clock."""
        self._clock = time.perf_counter()

    def after_train_iter(self,
                         runner,
                         batch_idx: int,
                         data_batch=None,
                         outputs=None) -> None:
        """Record the time of a batch."""
        self._take(data_batch)

    def after_val_epoch(self, runner, metrics=None) -> None:
        """Leave the time of the validation out."""
        self._clock = time.perf_counter()

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Write what goes with the checkpoint, so that a resumed training
        adds to it."""
        self._write(self.train_file)

    def after_train(self, runner) -> None:
        """Write what was measured."""
        self._write(self.train_file)

    def before_test_epoch(self, runner) -> None:
        """Start the clock."""
        self._begin()
        self._clock = time.perf_counter()

    def after_test_iter(self,
                        runner,
                        batch_idx: int,
                        data_batch=None,
                        outputs=None) -> None:
        """Record the time of a batch."""
        if self._image_shape is None:
            images = data_batch['inputs']
            self._image_shape = tuple(images[0].shape)
        self._take(data_batch)

    def after_test_epoch(self, runner, metrics=None) -> None:
        """Count the model, and write what was measured."""
        if self.test_file is not None:
            self._write(self.test_file,
                        **count_model(runner.model, self._image_shape))

    def _begin(self) -> None:
        self._earlier, self._batches, self._gpu_peak = {}, [], 0
        reset_peak_memory()
        self._memory_before = memory_in_use()

    def _take(self, data_batch) -> None:
        # No synchronization is needed: the losses, or the embeddings, have
        # already been copied to the CPU.
        now = time.perf_counter()
        self._batches.append((len(data_batch['inputs']), now - self._clock))
        self._clock = now
        if torch.cuda.is_available():
            self._gpu_peak = max(self._gpu_peak,
                                 torch.cuda.max_memory_allocated())

    def _write(self, path: Optional[str], **more) -> None:
        if path is None or not self._batches:
            return
        kept = self._batches[min(_WARM_UP, len(self._batches) // 2):]
        earlier = self._earlier
        images = sum(n for n, _ in kept) + earlier.get('images', 0)
        seconds = sum(s for _, s in kept) + earlier.get('seconds', 0.)
        on_gpu = torch.cuda.is_available()
        memory = self._gpu_peak if on_gpu else peak_process_memory()
        # Of the part with the higher peak.
        peak, before = max((memory, self._memory_before),
                           (earlier.get('peak_memory', 0),
                            earlier.get('memory_before', 0)))
        write_atomically(
            path,
            json.dumps(
                dict(
                    images=images,
                    seconds=seconds,
                    images_per_second=images / seconds,
                    peak_memory=peak,
                    memory_before=before,
                    device=torch.cuda.get_device_name()
                    if on_gpu else 'cpu',
                    threads=torch.get_num_threads(),
                    **more),
                indent=2))


def reset_peak_memory() -> None:
    """Reset the peaks of memory to what is in use now."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    # Where Linux does not allow it, the peak is that of the whole process.
    with contextlib.suppress(OSError):
        Path('/proc/self/clear_refs').write_text('5')


def memory_in_use() -> int:
    """Return the bytes in use, on the GPU if there is one."""
    if torch.cuda.is_available():
        return torch.cuda.memory_allocated()
    return _process_status('VmRSS') or peak_process_memory()


def peak_process_memory() -> int:
    """Return the most bytes that this process has had since
    :func:`reset_peak_memory`."""
    # `ru_maxrss` starts from that of the process that made this one.
    return _process_status('VmHWM') or \
        1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _process_status(name: str) -> Optional[int]:
    """Read one of the sizes that Linux keeps of this process, in bytes.

    psutil has no peak (``VmHWM``) on Linux.
    """
    with contextlib.suppress(OSError):
        for line in Path('/proc/self/status').read_text().splitlines():
            if line.startswith(f'{name}:'):
                return 1024 * int(line.split()[1])
    return None


def embedding_parameters(model: torch.nn.Module) -> int:
    """Count the parameters that the embedding of an image needs: all but those
    of the parts that the model calls ``free``."""
    count = sum(p.numel() for p in model.parameters())
    free = set(getattr(model, 'free', ())) - set(getattr(model, 'guarded', ()))
    for name in free:
        part = getattr(model, name, None)
        if part is not None:
            count -= sum(p.numel() for p in part.parameters())
    return count


def count_model(model: torch.nn.Module, image_shape: tuple) -> dict:
    """Count a model's parameters and multiply-additions.

    Args:
        model (nn.Module): The model, in evaluation mode.
        image_shape (tuple[int]): Channels, height and width of the image.

    Returns:
        dict: ``parameters`` (:func:`embedding_parameters`), ``macs`` for one
        image (None where MMEngine cannot count them; the log says why) and
        ``image_size``, [height, width] in pixels.
    """
    device = next(model.parameters()).device
    macs = None
    try:
        # It prints the layers it does not know.
        with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
            macs = int(
                get_model_complexity_info(
                    model,
                    inputs=(torch.zeros(1, *image_shape, device=device), ),
                    show_table=False,
                    show_arch=False)['flops'])
    except Exception as error:  # a model that cannot be traced is no failure
        print_log(
            f'The multiply-additions could not be counted ({error}).',
            logger='current',
            level=logging.WARNING)
    return dict(
        parameters=embedding_parameters(model),
        macs=macs,
        image_size=list(image_shape[-2:]))
