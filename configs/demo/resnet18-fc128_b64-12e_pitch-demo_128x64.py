# A model that a CPU trains in minutes, from random weights, on the synthetic
# pitch of `make_synthetic.py data/pitch-demo --preset demo`.
_base_ = [
    '../_base_/models/resnet50_fc512.py',
    '../_base_/datasets/soccernet_reid.py',
    '../_base_/default_runtime.py',
]

data_root = 'data/pitch-demo'
meta_keys = ('img_path', 'ori_shape', 'img_shape', 'bbox_idx', 'action_idx',
             'person_uid', 'role', 'subset')
train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=(64, 128)),  # width, height
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    # Replays differ from the action's camera in exposure and white balance.
    dict(type='ColorJitter', brightness=0.3, contrast=0.3, saturation=0.3),
    dict(type='PackInputs', meta_keys=meta_keys),
]
test_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=(64, 128)),  # width, height
    dict(type='PackInputs', meta_keys=meta_keys),
]
loader = dict(num_workers=2, pin_memory=False)
train_dataloader = dict(
    batch_size=64,
    dataset=dict(data_root=data_root, pipeline=train_pipeline),
    **loader)
val_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=test_pipeline), **loader)
test_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=test_pipeline), **loader)

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
    head=dict(loss_triplet=dict(loss_weight=1.0)))

max_epochs = 12
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.05))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.1,
        by_epoch=True,
        begin=0,
        end=1,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        begin=1,
        end=max_epochs,
        T_max=max_epochs - 1,
        convert_to_iter_based=True),
]
train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=6)
val_cfg = dict()
test_cfg = dict()
