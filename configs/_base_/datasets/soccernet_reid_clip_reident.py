# SoccerNet-v3 ReID as CLIP-ReIdent trained on basketball: pairs of a player's
# crops, of all matches, each crop whole in a black square.
_base_ = './soccernet_reid.py'

# CLIP's mean and standard deviation, in RGB.
data_preprocessor = dict(
    mean=[122.771, 116.746, 104.094], std=[68.501, 66.632, 70.323])

image_size = (224, 224)

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size, keep_ratio=True),
    dict(type='Pad', size=image_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
test_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size, keep_ratio=True),
    dict(type='Pad', size=image_size),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]

train_dataloader = dict(
    batch_size=32,  # 16 pairs
    sampler=dict(scope='all', singletons='drop'),
    dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
