# The same at 224 x 112, where patches of 14 pixels make the same 16 x 8
# positions as patches of 16 at 256 x 128.
_base_ = './soccernet_reid_players.py'

image_size = (112, 224)  # width, height

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(
        type='ColorJitter',
        backend='cv2',  # three times as fast as Pillow, the default
        brightness=0.2,
        contrast=0.2,
        saturation=0.2,
        hue=0.05),
    dict(type='RandomCrop', crop_size=(224, 112), padding=9),
    dict(
        type='RandomErasing',
        erase_prob=0.5,
        fill_color=(103.53, 116.28, 123.675)),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
test_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
