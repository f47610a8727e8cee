# Crops of the padded image.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=_base_.image_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    # 10 of 256 x 128 pixels, at this size. Height, width.
    dict(type='RandomCrop', crop_size=(96, 48), padding=4),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
