from pathlib import Path

from mmengine.dist import barrier, is_main_process
from mmengine.fileio import LocalBackend, get_file_backend, register_backend
from mmengine.hooks import CheckpointHook

from snreid_mm.registry import HOOKS
from snreid_mm.utils.compat import is_resuming
from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.safe_load import find_newest_whole


class WholeFileBackend(LocalBackend):
    """Local files that appear whole or not at all, and are removed later."""

    def __init__(self) -> None:
        self.outdated = set()

    def put(self, obj: bytes, filepath) -> None:
        """Write a file, which gets its name when it is on the disk."""
        try:
            write_atomically(filepath, obj)
        except OSError as error:
            raise OSError(
                f'{filepath} cannot be written ({error.strerror}): make room '
                'or mend that, and go on with --resume; the checkpoints '
                'before it are whole.') from error

    def remove(self, filepath) -> None:
        """Note a file that can be removed."""
        self.outdated.add(str(filepath))


register_backend('snreid_mm.whole_files', WholeFileBackend)


@HOOKS.register_module()
class WholeCheckpointHook(CheckpointHook):
    """Save checkpoints so that there is always a whole one to resume from.

    MMEngine's ``CheckpointHook`` removes an old checkpoint, then writes the
    new one under its final name, then notes the name. A process that is
    killed in between, or a disk that is full, leaves nothing to resume from.
    Here the new one gets its name when it is on the disk, and only then the
    old ones are removed. Elsewhere than on a local disk it is MMEngine's.

    A training that resumes by itself (``resume=True`` without ``load_from``)
    goes on from the newest whole checkpoint of its folder, whatever
    ``last_checkpoint`` says, if it is there at all.

    Args:
        *args: Those of :class:`mmengine.hooks.CheckpointHook`.
        **kwargs: The same.

    Raises:
        OSError: If a checkpoint cannot be written; those before are whole.
    """

    def before_run(self, runner) -> None:
        """Find the checkpoint to resume from."""
        if is_resuming(runner) and runner.cfg.get('load_from') is None:
            if is_main_process():
                self._note_newest(runner)
            barrier()

    def before_train(self, runner) -> None:
        """Make the folder's files whole ones."""
        super().before_train(runner)
        if type(self.file_backend) is LocalBackend:
            self.backend_args = dict(backend='snreid_mm.whole_files')
            self.file_backend = get_file_backend(
                self.out_dir, backend_args=self.backend_args)
            if is_main_process():
                # What a killed process had begun.
                for path in Path(self.out_dir).glob('.*.pth.*.tmp'):
                    path.unlink()

    def _save_checkpoint_with_step(self, runner, step, meta) -> None:
        super()._save_checkpoint_with_step(runner, step, meta)
        self._remove_outdated()

    def _save_best_checkpoint(self, runner, metrics) -> None:
        super()._save_best_checkpoint(runner, metrics)
        self._remove_outdated()

    def _remove_outdated(self) -> None:
        if isinstance(self.file_backend, WholeFileBackend):
            # A name can have been written again.
            now = {self.last_ckpt, getattr(self, 'best_ckpt_path', None),
                   *getattr(self, 'best_ckpt_path_dict', {}).values()}
            for path in self.file_backend.outdated - now:
                Path(path).unlink(missing_ok=True)
            self.file_backend.outdated.clear()

    def _note_newest(self, runner) -> None:
        folder = Path(runner.work_dir)
        if self.out_dir not in (None, runner.work_dir):
            folder = Path(self.out_dir, folder.name)
        newest = find_newest_whole(folder.glob(self.filename_tmpl.format('*')))
        note = Path(runner.work_dir, 'last_checkpoint')
        noted = note.read_text(errors='replace') if note.is_file() else None
        if newest is not None and noted != str(newest):
            runner.logger.warning(
                f'{note} names {noted}, but the newest whole checkpoint is '
                f'{newest}: training goes on from that.')
            write_atomically(note, str(newest))
