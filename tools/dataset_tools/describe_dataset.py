"""Print and draw what a data set in SoccerNet ReID's layout holds."""

import argparse
import io
import os
import sys

SPLITS = ('train', 'valid', 'test', 'challenge')
COLOUR = '#30638e'


def parse_args():
    parser = argparse.ArgumentParser(
        description='Print what the splits of SoccerNet ReID, or of a data '
        'set in its layout, hold, and draw a figure of each.')
    parser.add_argument(
        'root', help='the data_root of the configs, e.g. data/soccernet/reid')
    parser.add_argument(
        '--splits',
        nargs='+',
        choices=SPLITS,
        help='which splits; default those that are there')
    parser.add_argument(
        '--fraction',
        type=float,
        default=1.0,
        help='the share of the training actions to count; default 1.0')
    parser.add_argument(
        '--out',
        default='work_dirs/describe_dataset',
        help='the folder for the figures, <split>.png; default %(default)s')
    return parser.parse_args()


def table_rows(counts):
    """The rows of the table: a name, and how to get it from the counts."""
    import numpy as np

    def number(key):
        return lambda c: f'{c[key]:,}' if key in c else ''

    def statistic(key, function, form='{:,.0f}'):
        return lambda c: form.format(function(c[key])) if key in c else ''

    def share(count, more=False):

        def cell(c):
            if 'images_per_identity' not in c:
                return ''
            per = c['images_per_identity']
            hits = per >= count if more else per == count
            return f'{100 * hits.mean():.1f} %'

        return cell

    rows = [
        ('images', number('images')),
        ('  query', number('query_images')),
        ('  gallery', number('gallery_images')),
        ('actions', number('actions')),
        ('identities', number('identities')),
        ('  of queries', number('query_identities')),
        ('  of gallery', number('gallery_identities')),
        ('images per identity, mean',
         statistic('images_per_identity', np.mean, '{:.2f}')),
        ('  one image', share(1)),
        ('  two images', share(2)),
        ('  three images', share(3)),
        ('  four or more', share(4, more=True)),
        ('  most', statistic('images_per_identity', np.max)),
        ('images per action, mean',
         statistic('images_per_action', np.mean, '{:.1f}')),
        ('gallery of a query, mean',
         statistic('gallery_per_query', np.mean, '{:.1f}')),
        ('  smallest', statistic('gallery_per_query', np.min)),
        ('  largest', statistic('gallery_per_query', np.max)),
    ]
    for name, quantile in (('crop height (px), least', 0), ('  5 %', 5),
                           ('  median', 50), ('  95 %', 95), ('  most', 100)):
        rows.append((name,
                     statistic('heights', lambda values, q=quantile: np.
                               percentile(values, q))))
    roles = [role for c in counts for role in c.get('roles', ())]
    for role in dict.fromkeys(roles):
        rows.append((role, lambda c, role=role: f'{c["roles"].get(role, 0):,}'
                     if 'roles' in c else ''))
    return rows


def print_table(counts):
    """Print one column per split."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column('')
    for split in counts:
        table.add_column(split, justify='right')
    for name, cell in table_rows(list(counts.values())):
        cells = [cell(c) for c in counts.values()]
        if any(cells):
            table.add_row(name, *cells)
    # A pipe has no width of its own.
    width = None if sys.stdout.isatty() else 100
    Console(width=width).print(table)


def draw(counts, title):
    """Draw the histograms of a split.

    Returns:
        bytes: A PNG.
    """
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    def histogram(axes, values, name, unit, step):
        edges = np.arange(values.min() - 0.5,
                          values.max() + step + 0.5, step)
        axes.hist(values, bins=edges, color=COLOUR, edgecolor='white',
                  linewidth=0 if len(edges) > 60 else 0.6)
        axes.set(title=name, xlabel=unit[0], ylabel=unit[1])
        # Half an image does not exist.
        axes.xaxis.set_major_locator(
            MaxNLocator(integer=True, min_n_ticks=1))

    panels = []
    if 'images_per_identity' in counts:
        panels.append(
            lambda axes: histogram(axes, counts['images_per_identity'],
                                   'Images per identity',
                                   ('images', 'identities'), 1))
    per_action = counts.get('gallery_per_action')
    if per_action is not None:
        panels.append(lambda axes: histogram(
            axes, per_action, 'Gallery boxes per action',
            ('gallery boxes', 'actions'), 1))
    else:
        panels.append(lambda axes: histogram(
            axes, counts['images_per_action'], 'Images per action',
            ('images', 'actions'), 1))
    span = int(np.ptp(counts['heights']))
    panels.append(
        lambda axes: histogram(axes, counts['heights'], 'Crop height',
                               ('pixels', 'images'), max(span // 50, 1)))
    if 'roles' in counts:

        def roles(axes):
            names = list(counts['roles'])[::-1]
            bars = axes.barh(
                [name.replace('_', ' ') for name in names],
                [counts['roles'][name] for name in names],
                color=COLOUR)
            axes.bar_label(bars, fmt='{:,.0f}', padding=3, fontsize=8)
            axes.margins(x=0.18)
            axes.set(title='Roles', xlabel='images')

        panels.append(roles)
    rows = (len(panels) + 1) // 2
    figure, grid = plt.subplots(
        rows, 2, figsize=(10, 3.4 * rows), squeeze=False,
        layout='constrained')
    for axes, panel in zip(grid.flat, panels):
        panel(axes)
        axes.spines[['top', 'right']].set_visible(False)
    for axes in list(grid.flat)[len(panels):]:
        axes.axis('off')
    figure.suptitle(title)
    file = io.BytesIO()
    figure.savefig(file, format='png', dpi=110)
    plt.close(figure)
    return file.getvalue()


def describe(args):
    """Print the table, the comparison with the release, draw the figures."""
    from snreid_mm.datasets.soccernet_reid import SoccerNetReID
    from snreid_mm.datasets.statistics import compare_with_release, count_split
    from snreid_mm.soccernet.index import find_split
    from snreid_mm.utils.files import write_atomically
    splits = args.splits or [
        split for split in SPLITS
        if os.path.isdir(os.path.join(args.root, split))
    ]
    if not splits:
        find_split(args.root, 'train')  # says what is expected, and where
    fractions = {
        split: args.fraction if split == 'train' else 1.0
        for split in splits
    }
    counts = {
        split: count_split(
            SoccerNetReID(
                args.root, split=split, fraction=fraction,
                serialize_data=False))
        for split, fraction in fractions.items()
    }
    print_table(counts)
    for split, fraction in fractions.items():
        differences = compare_with_release(counts[split], split, fraction)
        if differences is None:
            print(f'{split}: nothing to compare with; this is not the '
                  'released data, or a fraction whose counts are not known.')
        elif differences:
            print(f'{split}: differs from the released data in '
                  f'{"; ".join(differences)}.')
        else:
            print(f'{split}: the counts agree with the released data.')
    for split, fraction in fractions.items():
        title = f'{split}: {counts[split]["images"]:,} images'
        if fraction != 1:
            title += f' (fraction {fraction})'
        path = os.path.join(args.out, f'{split}.png')
        write_atomically(path, draw(counts[split], title))
        print(f'Wrote {path}')


def main():
    args = parse_args()
    # Imported late, so that --help and a mistyped option answer at once.
    from snreid_mm.utils.cli import user_errors
    with user_errors():
        describe(args)


if __name__ == '__main__':
    main()
