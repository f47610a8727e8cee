# One stream in small on crops of your own, which a CPU trains in minutes, from
# random weights.
_base_ = [
    '../_base_/models/resnet50_fc512.py',
    '../_base_/models/strong.py',
    '../_base_/datasets/custom_128x64.py',
    '../_base_/schedules/adamw_cosine_small.py',
    '../_base_/default_runtime.py',
]

model = dict(
    input_size=(128, 64),
    backbone=dict(
        depth=18,
        stem_channels=32,
        base_channels=32,
        strides=(1, 2, 2, 2),
        init_cfg=None),
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='LinearNeck', out_channels=128, norm_cfg=dict(type='BN1d')),
    ],
    **_base_.strong)

# There need be no third split. Without these lines, valid is validated on.
val_dataloader = None
val_evaluator = None
val_cfg = None
default_hooks = dict(checkpoint=dict(save_best=None))
