"""Make a checkpoint small and give it the hash of its contents:
``python tools/model_converters/publish_model.py epoch_60.pth MODEL.pth``.
"""

import argparse
import hashlib
import io
from pathlib import Path

import torch

from snreid_mm import __version__
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.safe_load import read_checkpoint

# Of what a runner notes; its config names files of the machine.
META = ('epoch', 'iter', 'dataset_meta', 'mmengine_version')
AVERAGE = 'module.'


def parse_args():
    parser = argparse.ArgumentParser(
        description='Keep the weights of a checkpoint and what they were '
        'trained on, without the optimizer and the log, and write the first '
        'eight digits of the SHA-256 into the name, as mim and torch.hub '
        'check them.')
    parser.add_argument('checkpoint', help='what a runner has saved')
    parser.add_argument(
        'out', metavar='MODEL.pth', help='the file, without its hash')
    parser.add_argument(
        '--weights',
        choices=['averaged', 'last'],
        default='averaged',
        help='of a training with a moving average (EMAHook): the average, '
        'which its test has scored, or the last weights; without one both '
        'are the same (default: %(default)s)')
    return parser.parse_args()


def select_weights(content, source, which):
    """Return the weights of a checkpoint."""
    weights = content.get('state_dict')
    if not isinstance(weights, dict) or not weights or not all(
            isinstance(each, torch.Tensor) for each in weights.values()):
        raise ValueError(f'{source} has no weights (state_dict): give a '
                         'checkpoint that a runner has saved.')
    average = content.get('ema_state_dict')
    if which == 'last' and average:
        # EMAHook saves the average as the weights, and these beside it.
        weights = {
            key: average.get(AVERAGE + key, value)
            for key, value in weights.items()
        }
    return weights


@user_errors
def main():
    args = parse_args()
    out = Path(args.out)
    if out.suffix != '.pth':
        raise ValueError(f'{out} must end in .pth.')
    content = read_checkpoint(args.checkpoint)
    weights = select_weights(content, args.checkpoint, args.weights)
    meta = content.get('meta') or {}
    meta = {key: meta[key] for key in META if key in meta}
    buffer = io.BytesIO()
    torch.save(
        dict(
            meta=dict(snreid_mm_version=__version__, **meta),
            # Each by itself: a view would bring the whole it looks at.
            state_dict={k: v.cpu().clone()
                        for k, v in weights.items()}),
        buffer)
    data = buffer.getvalue()
    digits = hashlib.sha256(data).hexdigest()[:8]
    path = out.with_name(f'{out.stem}-{digits}.pth')
    write_atomically(path, data)
    before = Path(args.checkpoint).stat().st_size
    print(f'{path}: {len(data) / 2**20:.1f} MiB of {before / 2**20:.1f}')


if __name__ == '__main__':
    main()
