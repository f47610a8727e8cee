# Crops keep their proportions, and what is left, below or beside, is grey.
_base_ = './players_b32-3000i_pitch-broadcast_128x64.py'

fit = [
    dict(type='Resize', scale=_base_.image_size, keep_ratio=True),
    dict(
        type='mmcv.CenterCrop',
        crop_size=_base_.image_size,
        auto_pad=True,
        pad_cfg=dict(type='Pad', pad_val=dict(img=(124, 116, 104)))),
]
train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    *fit,
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(
        type='ColorJitter',
        backend='cv2',  # three times as fast as Pillow, the default
        brightness=0.2,
        contrast=0.2,
        saturation=0.2,
        hue=0.05),
    dict(type='RandomCrop', crop_size=(128, 64), padding=5),
    dict(
        type='RandomErasing',
        erase_prob=0.5,
        mode='const',
        min_area_ratio=0.02,
        max_area_ratio=0.33),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
test_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    *fit,
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
