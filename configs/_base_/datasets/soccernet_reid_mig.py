# SoccerNet-v3 ReID as the team MIG trained on it: 2 actions x 4 players x 2
# crops, and nobody who is seen once.
_base_ = './soccernet_reid.py'

data_preprocessor = dict(
    mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5])

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(
        type='RandomApply',
        transforms=[dict(type='AutoAugment', policies='imagenet')],
        prob=0.1),
    dict(
        type='Resize',
        scale=_base_.image_size,
        backend='pillow',
        interpolation='bicubic'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomCrop', crop_size=(256, 128), padding=10),
    # Noise of the deviation that normalized pixels would have.
    dict(
        type='RandomErasing',
        erase_prob=0.5,
        max_area_ratio=1 / 3,
        mode='rand',
        fill_color=(127.5, 127.5, 127.5),
        fill_std=(127.5, 127.5, 127.5)),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
test_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=_base_.image_size, backend='pillow'),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]

train_dataloader = dict(
    batch_size=16,
    sampler=dict(
        _delete_=True,
        type='snreid_mm.ActionBatchSampler',
        batch_size=16,
        identities_per_action=4,
        levels=(),
        singletons='drop'),
    dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
