# The cheap entry: a ResNet-50 whose embedding has 512 numbers.
_base_ = [
    '../_base_/models/bn_neck.py',
    '../_base_/datasets/soccernet_reid_players.py',
    '../_base_/schedules/adamw_cosine_60e.py',
    '../_base_/hooks/ema.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        type='ResNet',
        depth=50,
        strides=(1, 2, 2, 1),  # the last stage keeps its 16 x 8 positions
        # ImageNet weights. Without them: model.backbone.init_cfg=None
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50')))
