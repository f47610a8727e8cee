from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / 'tools/analysis_tools/mean_parts.py'
CONFIG = (ROOT / 'configs/ablation/'
          'two-stream-compact_b32-3e_pitch-broadcast_96x48.py')


def test_it_is_the_mean_over_the_training_crops(run_tool, tiny_pitch,
                                                tmp_path):
    out = tmp_path / 'mean.pth'
    torch.manual_seed(0)
    code, printed, errors = run_tool(
        TOOL, CONFIG, out, '--cfg-options', f'data_root={tiny_pitch}',
        'model.part_extractor.checkpoint=None', 'val_dataloader.num_workers=0',
        'val_dataloader.persistent_workers=False')
    assert code == 0, errors
    cfg = Config.fromfile(CONFIG)
    dataset = SoccerNetReID(
        str(tiny_pitch), pipeline=cfg.val_dataloader.dataset.pipeline)
    assert f'The mean of {len(dataset)} images, (17, 6, 3)' in printed
    parts = MODELS.build(
        dict(
            type='snreid_mm.FixedParts',
            num_parts=17,
            grid=(6, 3),
            init_cfg=dict(type='Pretrained', checkpoint=str(out))))
    parts.init_weights()
    # The same random weights, and all crops at once.
    torch.manual_seed(0)
    extractor = MODELS.build({
        **cfg.model.part_extractor, 'checkpoint': None
    })
    extractor.init_weights()
    preprocessor = MODELS.build({
        'type': 'ClsDataPreprocessor',
        **cfg.data_preprocessor
    })
    images = preprocessor(pseudo_collate([*dataset]))['inputs']
    with torch.no_grad():
        maps = extractor.eval()(images)
    mean = maps.mean(0)
    # No crop's own map would do in the place of the mean.
    assert ((maps - mean).abs().amax((1, 2, 3)) > 1e-2 * mean.abs().max()).all()
    torch.testing.assert_close(
        parts.maps, mean, rtol=1e-3, atol=1e-4 * float(mean.abs().max()))


def test_a_model_without_parts_is_refused(run_tool, tmp_path):
    config = CONFIG.with_name(
        CONFIG.name.replace('two-stream-compact', 'appearance-only'))
    code, _, errors = run_tool(TOOL, config, tmp_path / 'mean.pth')
    assert code == 1 and 'no model.part_extractor' in errors
    assert not (tmp_path / 'mean.pth').exists()
