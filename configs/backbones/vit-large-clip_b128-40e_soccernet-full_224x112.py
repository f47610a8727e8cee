# ViT-L/14 from CLIP.
_base_ = [
    '../_base_/models/bn_neck.py',
    '../_base_/backbones/vit_large_clip.py',
    '../_base_/datasets/soccernet_reid_players_224x112.py',
    '../_base_/schedules/adamw_layerwise_40e.py',
    '../_base_/strategies/checkpointing_24.py',
    '../_base_/hooks/ema.py',
    '../_base_/default_runtime.py',
]

model = dict(input_size=(224, 112), backbone=_base_.backbone)
data_preprocessor = _base_.normalization
