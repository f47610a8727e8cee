"""Average what a model's part stream sees over the training images: the maps
of a part stream that does not look, for ``snreid_mm.FixedParts``."""

import argparse
import io

import torch
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from tqdm import tqdm

from snreid_mm.registry import MODELS
from snreid_mm.utils.cli import parse_run_args, user_errors
from snreid_mm.utils.config import load_config
from snreid_mm.utils.files import write_atomically


def parse_args():
    parser = argparse.ArgumentParser(
        description='Write the mean of the part maps over the training '
        'images, resized as for a test. The part stream has the weights that '
        'its config names.')
    parser.add_argument('config', help='the config of a two-stream model')
    parser.add_argument('out', help='the .pth file to write')
    return parse_run_args(parser)


@user_errors
@torch.no_grad()
def main():
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    if cfg.model.get('part_extractor') is None:
        raise ValueError(f'{args.config} has no model.part_extractor: give '
                         'the config of a two-stream model.')
    # The other parts of the model are not asked for their weights.
    extractor = MODELS.build(cfg.model.part_extractor)
    extractor.init_weights()
    extractor.eval()
    preprocessor = MODELS.build({
        'type': 'ClsDataPreprocessor',
        **cfg.get('data_preprocessor', {})
    })
    loader = cfg.val_dataloader
    train = cfg.train_dataloader.dataset
    loader.dataset = {**train, 'pipeline': loader.dataset.pipeline}
    loader = Runner.build_dataloader(loader)
    total, count = 0, 0
    for batch in tqdm(loader, desc='part maps', unit='batch'):
        maps = extractor(preprocessor(batch)['inputs'])
        total += maps.double().sum(0)
        count += len(maps)
    file = io.BytesIO()
    torch.save(dict(state_dict=dict(maps=(total / count).float())), file)
    write_atomically(args.out, file.getvalue())
    print(f'The mean of {count} images, {tuple(total.shape)}, is in '
          f'{args.out}.')


if __name__ == '__main__':
    main()
