# An entry in small, on the synthetic pitch: half a ResNet-18 from random
# weights, with everything else that the entries have.
_base_ = [
    '../_base_/models/bn_neck.py',
    '../_base_/datasets/pitch_players_128x64.py',
    '../_base_/schedules/adamw_cosine_small.py',
    '../_base_/hooks/ema.py',
    '../_base_/default_runtime.py',
]

data_root = 'data/pitch-demo'
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))

model = dict(
    input_size=(128, 64),
    backbone=dict(
        type='ResNet',
        depth=18,
        stem_channels=32,
        base_channels=32,
        strides=(1, 2, 2, 1)),
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='snreid_mm.BNNeck', out_channels=128),
    ])
