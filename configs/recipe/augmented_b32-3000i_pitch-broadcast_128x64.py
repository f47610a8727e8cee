# + colour jitter, crops of the padded image, and erasing.
_base_ = './unit-length_b32-3000i_pitch-broadcast_128x64.py'

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=_base_.image_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(
        type='ColorJitter',
        backend='cv2',  # three times as fast as Pillow, the default
        brightness=0.2,
        contrast=0.2,
        saturation=0.2,
        hue=0.05),
    # 10 of 256 x 128 pixels, at this size.
    dict(type='RandomCrop', crop_size=(128, 64), padding=5),
    dict(
        type='RandomErasing',
        erase_prob=0.5,
        mode='const',
        min_area_ratio=0.02,
        max_area_ratio=0.33),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
