# Where the recipe begins: the settings of SoccerNet's sn-reid for
# ResNet50-fc512, in small: the ablation's appearance stream. All rows see
# 460 batches of 32 images.
_base_ = [
    '../_base_/models/resnet50_fc512.py',
    '../_base_/datasets/pitch_broadcast_96x48.py',
    '../_base_/cpu_runtime.py',
]

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
        dilations=(1, 1, 1),
        init_cfg=None),
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
train_dataloader = dict(
    batch_size=32,  # 8 identities x 4 images
    sampler=dict(num_instances=4, scope='all', singletons='repeat'),
    dataset=dict(pipeline=train_pipeline))

# The rate is for weights that start at random; theirs is 1e-5 from ImageNet's.
optim_wrapper = dict(optimizer=dict(type='Adam', lr=3e-4, weight_decay=5e-4))
param_scheduler = dict(
    type='StepLR', by_epoch=False, step_size=154, gamma=0.1)  # a third

train_cfg = dict(by_epoch=False, max_iters=460, val_interval=460)
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(checkpoint=dict(interval=460))
