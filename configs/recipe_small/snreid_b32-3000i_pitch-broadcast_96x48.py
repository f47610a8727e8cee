# Where the small recipe begins: the settings of SoccerNet's sn-reid for
# ResNet50-fc512, with half a ResNet-18, for a CPU. All rows see 3,000 batches
# of 32 images.
_base_ = '../recipe/snreid_b32-3000i_pitch-broadcast_128x64.py'

image_size = (48, 96)  # width, height

model = dict(
    input_size=(96, 48),
    backbone=dict(
        depth=18,
        stem_channels=32,
        base_channels=32,
        num_stages=3,
        out_indices=(2, ),
        strides=(1, 2, 2),
        dilations=(1, 1, 1)),
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(
            type='LinearNeck',
            out_channels=256,
            norm_cfg=dict(type='BN1d'),
            act_cfg=dict(type='ReLU'),
            init_cfg=dict(type='Normal', layer='Linear', std=0.01)),
    ])

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
test_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
loader = dict(num_workers=1)
train_dataloader = dict(
    dataset=dict(fraction=0.2, pipeline=train_pipeline), **loader)
val_dataloader = dict(dataset=dict(pipeline=test_pipeline), **loader)
test_dataloader = dict(dataset=dict(pipeline=test_pipeline), **loader)

# For half a ResNet-18, the best of 3e-4, 1e-3 and 3e-3 on valid.
optim_wrapper = dict(optimizer=dict(lr=1e-3))
