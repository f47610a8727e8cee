"""Kill a training again and again, and compare what it ends with:
``python benchmarks/kill_and_resume.py``.

The training of a small demo model, with augmentation, two workers and EMA,
is run once to its end. Then it is started with ``--resume`` in another folder,
killed with SIGKILL after a random time, and started again, until it has been
killed often enough and comes to its end. Both must have the same weights, to
the last bit.
"""

import argparse
import random
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
CONFIG = ROOT / 'configs/demo/resnet18-fc128_b64-12e_pitch-demo_128x64.py'
OPTIONS = ('train_cfg.max_epochs={epochs}', 'train_dataloader.batch_size=16',
           'train_dataloader.num_workers=2', 'default_hooks.logger.interval=1',
           'custom_hooks=[dict(type="EMAHook")]', 'data_root={data}')


def parse_args():
    parser = argparse.ArgumentParser(
        description='Kill a training at random moments, resume it, and '
        'compare its weights with those of one that was not killed.')
    parser.add_argument(
        '--kills', type=int, default=12, help='how many (default: 12)')
    parser.add_argument(
        '--epochs',
        type=int,
        default=12,
        help='the length of the training (default: 12)')
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='random seed of the moments (default: 0)')
    return parser.parse_args()


def start(work, data, epochs):
    """Start the training, or go on with it, in a process of its own."""
    options = [each.format(epochs=epochs, data=data) for each in OPTIONS]
    log = (work.parent / f'{work.name}.log').open('ab')
    return subprocess.Popen(
        [sys.executable, ROOT / 'tools/train.py', CONFIG, '--resume',
         '--work-dir', work, '--cfg-options', *options],
        stdout=log, stderr=log, start_new_session=True)  # yapf: disable


def checkpoints(work):
    """List what stands in a folder under a final name."""
    return sorted(path.name for path in work.glob('epoch_*.pth'))


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
        begun = time.monotonic()
        if start(folder / 'whole', data, args.epochs).wait():
            raise ValueError((folder / 'whole.log').read_text()[-2000:])
        seconds = time.monotonic() - begun
        print(f'Uninterrupted: {args.epochs} epochs in {seconds:.0f} s.')

        killed = folder / 'killed'
        lasted = []
        for _ in tqdm(range(args.kills), desc='kills', unit='kill'):
            process = start(killed, data, args.epochs)
            after = moments.uniform(.2, .8) * seconds
            try:
                if process.wait(after):
                    raise ValueError(
                        (folder / "killed.log").read_text()[-2000:])
                break  # it has come to its end
            except subprocess.TimeoutExpired:
                # The workers too.
                subprocess.run(['kill', '-KILL', f'-{process.pid}'])
                process.wait()
                assert process.returncode == -signal.SIGKILL
            lasted.append(', '.join(checkpoints(killed)) or 'none')
        if start(killed, data, args.epochs).wait():
            raise ValueError((folder / 'killed.log').read_text()[-2000:])
        print(f'Killed {len(lasted)} times, with these checkpoints left: '
              f'{"; ".join(lasted)}.')
        name = f'epoch_{args.epochs}.pth'
        different = differences(
            *(read_checkpoint(str(folder / work / name))
              for work in ('whole', 'killed')))
    if different:
        raise ValueError(f'{len(different)} tensors differ: {different[:3]}.')
    print('The weights, their EMA and the optimizer\'s state are equal to the '
          'last bit.')


if __name__ == '__main__':
    main()
