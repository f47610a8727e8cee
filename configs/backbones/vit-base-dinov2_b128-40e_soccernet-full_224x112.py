# ViT-B/14 from DINOv2.
_base_ = [
    '../_base_/models/bn_neck.py',
    '../_base_/backbones/vit_base_dinov2.py',
    '../_base_/datasets/soccernet_reid_players_224x112.py',
    '../_base_/schedules/adamw_layerwise_40e.py',
    '../_base_/hooks/ema.py',
    '../_base_/default_runtime.py',
]

model = dict(input_size=(224, 112), backbone=_base_.backbone)
data_preprocessor = _base_.normalization
