"""Kill a training again and again, and compare what it ends with:
``python benchmarks/kill_and_resume.py``.

The training of a small demo model, with augmentation, two workers and EMA,
is run once to its end. Then it is started with ``--resume`` in another folder,
killed with SIGKILL after a random time, and started again, until it comes to
its end; and so on in new folders, until there were kills enough. All must end
with the same weights, to the last bit.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from tqdm import tqdm

from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.safe_load import read_checkpoint

ROOT = Path(__file__).resolve().parents[1]
CONFIG = """
_base_ = '{root}/configs/demo/resnet18-fc128_b64-12e_pitch-demo_128x64.py'
train_cfg = dict(max_epochs={epochs})
train_dataloader = dict(batch_size=16, num_workers=2,
                        dataset=dict(data_root='{data}'))
val_dataloader = dict(dataset=dict(data_root='{data}'))
custom_hooks = [dict(type='EMAHook')]
"""


def parse_args():
    parser = argparse.ArgumentParser(
        description='Kill a training at random moments, resume it, and '
        'compare its weights with those of one that was not killed.')
    parser.add_argument(
        '--kills', type=int, default=20, help='at least (default: 20)')
    parser.add_argument(
        '--epochs',
        type=int,
        default=30,
        help='the length of the training (default: 30)')
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='random seed of the moments (default: 0)')
    return parser.parse_args()


def start(work):
    """Start the training, or go on with it, in a process of its own."""
    with work.with_suffix('.log').open('ab') as log:
        return subprocess.Popen(
            [sys.executable, ROOT / 'tools/train.py', work.parent /
             'config.py', '--resume', '--work-dir', work],
            stdout=log, stderr=log, start_new_session=True)  # yapf: disable


def finish(work, seconds=None):
    """Let the training come to its end, or kill it after some seconds."""
    process = start(work)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the workers too
        process.wait()
        return False
    if process.returncode:
        log = work.with_suffix('.log').read_text()
        raise RuntimeError(f'A training has failed: {log[-2000:]}')
    return True


def checkpoints(work):
    """List what stands in a folder under a final name."""
    return sorted(path.stem for path in work.glob('epoch_*.pth'))


def differences(one, two):
    """List the tensors of two checkpoints that are not equal."""
    different = []
    for part in ('state_dict', 'ema_state_dict'):
        different += [
            f'{part}.{key}' for key, value in one[part].items()
            if not torch.equal(value, two[part][key])
        ]
    states = (each['optimizer']['state'] for each in (one, two))
    for (key, first), second in zip(*(s.items() for s in states)):
        different += [
            f'optimizer.{key}.{name}' for name, value in first.items()
            if not torch.equal(value, second[1][name])
        ]
    return different


@user_errors
def main():
    args = parse_args()
    moments = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        data = folder / 'pitch'
        subprocess.run([
            sys.executable, ROOT / 'tools/dataset_tools/make_synthetic.py',
            data, '--preset', 'tiny', '--quiet'
        ], check=True)  # yapf: disable
        (folder / 'config.py').write_text(
            CONFIG.format(root=ROOT, data=data, epochs=args.epochs))
        begun = time.monotonic()
        finish(folder / 'whole')
        seconds = time.monotonic() - begun
        print(f'Uninterrupted: {args.epochs} epochs in {seconds:.0f} s.')

        name = f'epoch_{args.epochs}.pth'
        expected = read_checkpoint(str(folder / 'whole' / name))
        kills = tqdm(total=args.kills, desc='Kills', unit='kill')
        while kills.n < args.kills:
            work = folder / f'killed_from_{kills.n + 1}'
            # Most of the time goes into the start.
            while not finish(work, moments.uniform(.3, .9) * seconds):
                left = '+'.join(checkpoints(work)) or 'no checkpoint'
                kills.write(f'Killed, which left {left}.')
                kills.update()
            different = differences(expected,
                                    read_checkpoint(str(work / name)))
            if different:
                raise ValueError(f'After kills {len(different)} tensors '
                                 f'differ, {different[0]} is the first.')
            kills.write('At the end, the weights, their EMA and the '
                        'optimizer\'s state are equal to the last bit.')
            shutil.rmtree(work)
        kills.close()


if __name__ == '__main__':
    main()
