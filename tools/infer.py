"""Who is who among crops of your own: ``python tools/infer.py rank MODEL
--checkpoint CHECKPOINT --queries FOLDER --gallery FOLDER --out RANKS.csv``.
"""

import argparse
from pathlib import Path

import numpy as np
from mmengine.config import DictAction

from snreid_mm.apis import (PlayerReIDInferencer, read_coco_crops,
                            read_soccernet_actions)
from snreid_mm.apis.images import find_crops, load_crops
from snreid_mm.apis.inferencer import PRECISIONS
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.columns import check_format, write_columns
from snreid_mm.utils.config import load_config
from snreid_mm.utils.figures import save_figure
from snreid_mm.visualization import RankedImage, draw_rankings

SHOWN = 10
IMAGES = 'files, folders or globs'


def parse_args():
    parser = argparse.ArgumentParser(
        description='Embed, rank, match or compare crops, or save a model as '
        'a folder that is safe to load.')
    commands = parser.add_subparsers(dest='command', required=True)

    def add(name, **options):
        command = commands.add_parser(name, description=options['help'] + '.',
                                      **options)
        command.add_argument(
            'model',
            help='a saved model\'s folder, a config file, or a name of '
            'mmpretrain.list_models()')
        command.add_argument(
            '--checkpoint', help='the weights, for all but a folder')
        command.add_argument(
            '--cfg-options',
            nargs='+',
            action=DictAction,
            metavar='KEY=VALUE',
            help='override values of a config file, such as '
            'model.flip_test=True')
        command.add_argument(
            '--calibration',
            metavar='JSON',
            help='the file of calibrate.py, for probabilities')
        command.add_argument(
            '--matching',
            nargs='+',
            action=DictAction,
            metavar='KEY=VALUE',
            help='rank the crops together, such as type=dual_softmax '
            'temperature=0.1')
        command.add_argument(
            '--device', help='default: a GPU if there is one')
        command.add_argument(
            '--precision',
            choices=list(PRECISIONS),
            default='float32',
            help='default: %(default)s')
        command.add_argument(
            '--batch-size',
            type=int,
            default=32,
            help='crops at a time (default: %(default)s)')
        return command

    def add_out(command, required=False):
        command.add_argument(
            '--out',
            required=required,
            metavar='FILE',
            help='write the result to this .json, .csv or .npz file')

    extract = add('extract', help='compute the embeddings of crops')
    extract.add_argument('--images', nargs='+', help=IMAGES)
    extract.add_argument(
        '--coco', metavar='JSON', help='boxes in frames, in COCO\'s format')
    extract.add_argument(
        '--frames', help='the folder of the frames (default: beside --coco)')
    add_out(extract, required=True)

    rank = add('rank', help='rank a gallery for each query')
    rank.add_argument('--queries', nargs='+', required=True, help=IMAGES)
    rank.add_argument('--gallery', nargs='+', required=True, help=IMAGES)
    rank.add_argument(
        '--topk',
        type=int,
        default=10,
        metavar='K',
        help='gallery crops for each query (default: %(default)s)')
    rank.add_argument(
        '--picture',
        metavar='PNG',
        help='draw the first rows of the ranking')
    rank.add_argument(
        '--rows',
        type=int,
        default=4,
        metavar='N',
        help='queries in the picture, spread evenly (default: %(default)s)')
    rank.add_argument(
        '--people-folders',
        action='store_true',
        help='the folder of a crop is named by its person: the picture says '
        'what is right, the result what share of the first ranks')
    add_out(rank)

    match = add('match', help='pair an action\'s crops with a replay\'s')
    match.add_argument('--action', nargs='+', help=IMAGES)
    match.add_argument('--replay', nargs='+', help=IMAGES)
    match.add_argument(
        '--labels',
        metavar='JSON',
        help='Labels-v3.json of a game of SoccerNet-v3: every action with '
        'each of its replays')
    match.add_argument(
        '--frames',
        help='its frames, a folder or Frames-v3.zip (default: beside '
        '--labels)')
    add_out(match)

    compare = add('compare', help='compare two crops')
    compare.add_argument('--images', nargs=2, required=True, help='two files')
    add_out(compare)

    save = add('save', help='save a model as a folder that is safe to load')
    save.add_argument('--folder', required=True, help='the new folder')
    return parser.parse_args()


def check_arguments(args):
    """Refuse what would be noticed only at the end."""
    if getattr(args, 'out', None):
        check_format(args.out)
    for name in ('topk', 'rows'):
        if getattr(args, name, 1) < 1:
            raise ValueError(f'--{name} must be at least 1, but is '
                             f'{getattr(args, name)}.')
    if getattr(args, 'picture', None) and Path(args.picture).suffix != '.png':
        raise ValueError(f'--picture {args.picture} must end in .png.')
    if args.command == 'extract' and bool(args.images) == bool(args.coco):
        raise ValueError('Name the crops by --images or by --coco, not both.')
    if args.command == 'match' and bool(args.labels) == bool(
            args.action and args.replay):
        raise ValueError('Name the crops by --action and --replay, or by '
                         '--labels.')


def build(args):
    """Build the inferencer."""
    model = args.model
    if args.cfg_options:
        model = load_config(model, args.cfg_options)
    return PlayerReIDInferencer(
        model,
        args.checkpoint,
        calibration=args.calibration,
        matching=args.matching,
        device=args.device,
        precision=args.precision,
        batch_size=args.batch_size)


def extract(args, inferencer):
    crops = args.images or read_coco_crops(args.coco, args.frames)
    found = inferencer.extract(crops)
    print(f'{len(found)} embeddings of {inferencer.embedding_dim} numbers')
    return found.columns()


def rank(args, inferencer):
    queries, gallery = (find_crops(each)
                        for each in (args.queries, args.gallery))
    ranked = inferencer.rank(queries, gallery)
    is_right = None
    if args.people_folders:
        people = [np.array([Path(crop.name).parent.name for crop in crops])
                  for crops in (queries, gallery)]
        is_right = people[0][:, None] == people[1][ranked.order]  # (Q, G)
        print(f'{100 * is_right[:, 0].mean():.2f} % of {len(queries)} queries '
              'have their person at the first rank')
    if args.picture:
        save_figure(draw(args, ranked, queries, gallery, is_right),
                    args.picture)
        print(f'Drawn: {args.picture}')
    return ranked.columns(args.topk)


def short(name):
    """Shorten a path to the file and its folder."""
    return '/'.join(name.split('/')[-2:])


def draw(args, ranked, queries, gallery, is_right):
    """Draw some queries and what is ranked first for them."""
    count, columns = min(args.rows, len(queries)), min(args.topk, len(gallery))
    rows = []
    for i in np.linspace(0, len(queries) - 1, count).round().astype(int):
        best = ranked.order[i, :columns]
        pixels = load_crops([queries[i], *(gallery[j] for j in best)])
        query, *others = (RankedImage(image) for image in pixels)
        query.name = Path(queries[i].name).name
        for k, crop in enumerate(others):
            crop.name = Path(gallery[best[k]].name).name
            crop.correct = None if is_right is None else bool(is_right[i, k])
        rows.append((short(queries[i].name), query, others))
    return draw_rankings(rows, columns)


def match(args, inferencer):
    if not args.labels:
        return inferencer.match(args.action, args.replay).columns()
    parts = []
    for action, replays in read_soccernet_actions(args.labels,
                                                  args.frames).values():
        if not action or not replays:
            continue
        embedded = inferencer.extract(action)
        for replay in replays.values():
            linked = {crop.person: crop.name for crop in replay if crop.person}
            parts.append({
                **inferencer.match(embedded, replay).columns(), 'annotated':
                np.array([linked.get(crop.person, '') for crop in action])
            })
    if not parts:
        raise ValueError(f'{args.labels} has no action whose people are seen '
                         'in a replay.')
    columns = {
        name: np.concatenate([part[name] for part in parts])
        for name in parts[0]
    }
    annotated, made = (columns[key] != '' for key in ('annotated', 'replay'))
    right = annotated & (columns['annotated'] == columns['replay'])
    print(f'{made.sum()} pairs, among them {right.sum()} of the '
          f'{annotated.sum()} that are annotated')
    return columns


def compare(args, inferencer):
    return inferencer.compare(*args.images).columns()


def save(args, inferencer):
    print(f'Saved: {inferencer.save_pretrained(args.folder)}')


def show(columns):
    """Print the first rows, with the ends of paths."""
    shown = {
        name: [short(cell) if isinstance(cell, str) else cell
               for cell in array[:SHOWN].tolist()]
        for name, array in columns.items()
    }
    number = len(next(iter(columns.values())))
    print(format_table(list(shown), list(zip(*shown.values()))))
    if number > SHOWN:
        print(f'({number - SHOWN} more rows)')


@user_errors
def main():
    args = parse_args()
    check_arguments(args)
    commands = dict(
        extract=extract, rank=rank, match=match, compare=compare, save=save)
    columns = commands[args.command](args, build(args))
    if columns is None:
        return
    if args.command != 'extract':
        show(columns)
    if args.out:
        write_columns(args.out, columns)
        print(f'Written: {args.out}')


if __name__ == '__main__':
    main()
