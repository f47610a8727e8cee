# SoccerNet-v3 ReID: train on train, validate on valid, test on test.

dataset_type = 'snreid_mm.SoccerNetReID'
# What tools/dataset_tools/download.py data/soccernet leaves.
data_root = 'data/soccernet/reid'

# ImageNet's mean and standard deviation, in RGB.
data_preprocessor = dict(
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    to_rgb=True)

image_size = (128, 256)  # width, height
# What the metric and the visualisations read.
meta_keys = ('img_path', 'ori_shape', 'img_shape', 'bbox_idx', 'action_idx',
             'person_uid', 'role', 'subset', 'frame_cues')

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs', meta_keys=meta_keys),
]
test_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size),
    dict(type='PackInputs', meta_keys=meta_keys),
]

train_dataloader = dict(
    batch_size=32,  # 16 identities with 2 images each
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='snreid_mm.ActionIdentitySampler', num_instances=2),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='train',
        pipeline=train_pipeline))

val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='valid',
        pipeline=test_pipeline))
val_evaluator = dict(type='snreid_mm.ActionRetrievalMetric')

test_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='test',
        pipeline=test_pipeline))
test_evaluator = val_evaluator
