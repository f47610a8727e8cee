# Colour jitter.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

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
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
