import json
import os
from pathlib import Path
from typing import Dict, Optional

from mmengine.hooks import Hook

from snreid_mm.datasets import LoadCropFromFile
from snreid_mm.registry import HOOKS
from .pipelines import find_pipelines


class SkippingLoad:
    """Load a crop, or note that it cannot be read.

    Args:
        load (LoadCropFromFile): What loads it.
        listing (Path): A file that all workers and ranks note crops in.
        limit (int): How many different crops may be noted.
    """

    def __init__(self, load: LoadCropFromFile, listing: Path,
                 limit: int) -> None:
        self.load, self.listing, self.limit = load, listing, limit

    def __call__(self, results: dict) -> Optional[dict]:
        """Load the crop; None lets the data set take another."""
        try:
            return self.load(results)
        except ValueError as error:
            # Appended by one system call, so that lines do not mix.
            note = json.dumps([results['img_path'], str(error)]) + '\n'
            file = os.open(self.listing, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            try:
                os.write(file, note.encode())
            finally:
                os.close(file)
            count = len(read_listing(self.listing))
            if count > self.limit:
                raise ValueError(
                    f'{count} crops of the training set cannot be read, and '
                    f'default_hooks.skip_unreadable.limit={self.limit}; they '
                    f'are listed in {self.listing}. The last: {error}'
                ) from error
            return None


def read_listing(listing: Path) -> Dict[str, str]:
    """Read the paths that were noted, and what is wrong with each."""
    if not listing.is_file():
        return {}
    return dict(map(json.loads, listing.read_text().splitlines()))


@HOOKS.register_module()
class SkipUnreadableHook(Hook):
    """Let a training go on without a few crops that cannot be read.

    In the place of such a crop the data set takes another at random. They
    are listed in ``unreadable_crops.jsonl`` in the folder of the run's log,
    counted in the log after the epoch that met them, and named there at the
    end. Validation and test skip none: their scores are those of all crops.

    Missing files are found before the training starts, and refused there;
    with ``check_files=False`` for the training set they are skipped too.

    Args:
        limit (int): How many crops may be skipped in a run. One more stops
            it. Defaults to 0.
    """

    def __init__(self, limit: int = 0) -> None:
        if limit < 0:
            raise ValueError(f'limit={limit} of SkipUnreadableHook must be 0 '
                             'or more crops.')
        self.limit = limit
        self._told = 0

    def before_train(self, runner) -> None:
        """Put :class:`SkippingLoad` around what loads crops."""
        self._listing = Path(runner.log_dir) / 'unreadable_crops.jsonl'
        self._told = 0
        if self.limit == 0:
            return
        for pipeline in find_pipelines(runner.train_dataloader.dataset):
            pipeline.transforms = [
                SkippingLoad(step, self._listing, self.limit) if isinstance(
                    step, LoadCropFromFile) else step
                for step in pipeline.transforms
            ]

    def after_train_epoch(self, runner) -> None:
        """Log how many crops were skipped, if there are more than before."""
        skipped = read_listing(self._listing)
        if len(skipped) > self._told:
            self._told = len(skipped)
            runner.logger.warning(
                f'{len(skipped)} crops could not be read so far, and others '
                f'were trained on in their places: {self._listing}')

    def after_train(self, runner) -> None:
        """Log what was skipped."""
        skipped = read_listing(self._listing)
        if skipped:
            runner.logger.warning('\n'.join(
                [f'Trained without {len(skipped)} crops:', *skipped.values()]))
