# The appearance stream alone, which a CPU trains in minutes, from random
# weights, on the pitch of `make_synthetic.py data/pitch-demo --preset demo`.
_base_ = [
    '../_base_/models/resnet50_fc512.py',
    '../_base_/models/strong.py',
    '../_base_/datasets/pitch_128x64.py',
    '../_base_/schedules/adamw_cosine_small.py',
    '../_base_/default_runtime.py',
]

data_root = 'data/pitch-demo'
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))

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
