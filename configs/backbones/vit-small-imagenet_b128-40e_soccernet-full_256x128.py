# ViT-S/16 from ImageNet.
_base_ = [
    '../_base_/models/bn_neck.py',
    '../_base_/backbones/vit_small_imagenet.py',
    '../_base_/datasets/soccernet_reid_players.py',
    '../_base_/schedules/adamw_layerwise_40e.py',
    '../_base_/hooks/ema.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=_base_.backbone)
data_preprocessor = _base_.normalization
