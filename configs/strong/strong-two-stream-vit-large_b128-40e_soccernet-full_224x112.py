# Two streams: CLIP's ViT-L/14 sees the appearance, HRNet the body parts.
_base_ = [
    '../_base_/models/bilinear_bn_neck.py',
    '../_base_/backbones/vit_large_clip.py',
    '../_base_/datasets/soccernet_reid_players_224x112.py',
    '../_base_/schedules/adamw_layerwise_40e.py',
    '../_base_/strategies/checkpointing_24.py',
    '../_base_/hooks/ema.py',
    '../_base_/default_runtime.py',
]

model = dict(
    input_size=(224, 112),
    backbone=dict(out_type='featmap', **_base_.backbone),
    # The parts' images come normalized as the appearance's.
    part_extractor=dict(**_base_.normalization))
data_preprocessor = _base_.normalization
