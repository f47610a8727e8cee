"""Draw what the stages and the part stream of a model see on crops: ``python
tools/visualization/show_activations.py CONFIG CHECKPOINT CROP...``.
"""

import argparse
from pathlib import Path

import torch
from mmengine.config import DictAction

from snreid_mm.engine import load_trained, read_inputs
from snreid_mm.models.part_extractors import part_names
from snreid_mm.models.utils.stage_maps import map_energy, stage_maps
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.config import load_config
from snreid_mm.utils.figures import save_figure
from snreid_mm.utils.images import read_image
from snreid_mm.visualization import draw_activations


def parse_args():
    parser = argparse.ArgumentParser(
        description='Draw the activation of every stage of the backbone over '
        'each crop (the length of the vector at each position), and every '
        'channel of the part stream; a picture for each crop.')
    parser.add_argument('config', help='the config file of the model')
    parser.add_argument('checkpoint', help='its checkpoint file')
    parser.add_argument(
        'crops', nargs='+', metavar='CROP', help='an image file')
    parser.add_argument(
        '--layers',
        nargs='+',
        metavar='NAME',
        help='draw these modules of the model, such as backbone.layer1, '
        'instead of the stages of the backbone')
    parser.add_argument(
        '--out',
        default='activations',
        metavar='DIR',
        help='the folder for the pictures (default: activations)')
    parser.add_argument(
        '--format',
        choices=['png', 'jpg'],
        default='png',
        help='the kind of picture (default: png)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='override config values by their dotted keys')
    return parser.parse_args()


@user_errors
@torch.no_grad()
def main():
    args = parse_args()
    names = [Path(path).stem for path in args.crops]
    if len(set(names)) < len(names):
        raise ValueError('Two crops have one file name, and so would their '
                         'pictures: draw them one after the other, with '
                         'different --out.')
    cfg = load_config(
        args.config,
        args.cfg_options,
        decided=dict(load_from='the argument checkpoint'))
    model = load_trained(cfg, args.checkpoint)
    images = read_inputs(model, cfg, args.crops)
    stages = {
        name.removeprefix('backbone.'): map_energy(maps).cpu().numpy()
        for name, maps in stage_maps(model, images, args.layers).items()
    }
    parts = {}
    if model.with_part_extractor:
        maps, = model.extract_feat(images, stage='part_extractor')
        maps = maps.float().cpu().numpy()  # (N, P, H, W)
        parts = dict(
            zip(part_names(model.part_extractor, maps.shape[1]),
                maps.swapaxes(0, 1)))
    for i, (path, name) in enumerate(zip(args.crops, names)):
        figure = draw_activations(
            read_image(path), {k: v[i] for k, v in stages.items()},
            {k: v[i] for k, v in parts.items()},
            f'{Path(args.checkpoint).name}: {Path(path).name}')
        out = Path(args.out) / f'{name}.{args.format}'
        save_figure(figure, out)
        print(out)


if __name__ == '__main__':
    main()
