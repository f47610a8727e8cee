"""The config for crops of one's own, and what the guide says of it."""

from pathlib import Path

from mmengine.config import Config

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs/custom/resnet18-fc128_b64-12e_custom_128x64.py'


def test_it_needs_no_third_split():
    cfg = Config.fromfile(CONFIG)
    assert cfg.val_dataloader is cfg.val_evaluator is cfg.val_cfg is None
    assert cfg.default_hooks.checkpoint.save_best is None
    for name, split in (('train', 'train'), ('test', 'test')):
        dataset = cfg[f'{name}_dataloader'].dataset
        assert dataset.type == 'snreid_mm.CustomReID'
        assert (dataset.data_root, dataset.split) == ('data/crops', split)


def test_without_its_last_lines_valid_is_validated_on(tmp_path):
    (tmp_path / '_base_').symlink_to(ROOT / 'configs/_base_')
    path = tmp_path / 'my' / 'mine.py'
    path.parent.mkdir()
    text = CONFIG.read_text()
    path.write_text(text[:text.index('# There need be no third split')])
    cfg = Config.fromfile(path)
    assert cfg.val_dataloader.dataset.type == 'snreid_mm.CustomReID'
    assert cfg.val_dataloader.dataset.split == 'valid'
    assert cfg.val_evaluator.type == 'snreid_mm.ActionRetrievalMetric'
    assert cfg.default_hooks.checkpoint.save_best == 'reid/mAP'
    assert cfg.val_cfg == {}
