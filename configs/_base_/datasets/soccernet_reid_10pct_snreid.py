# The first 10 % of the training actions, in the batches of SoccerNet's
# sn-reid: identities of all actions, and copies where one has fewer than four
# images; resized and flipped, and nothing else.
#
# The original resizes with torchvision's Resize on PIL images, which is PIL's
# bilinear filter. That filter widens where an image shrinks, so it averages
# over all pixels (Resize's `antialias` changes tensors alone); OpenCV's
# bilinear, the default, looks at four pixels and skips the rest.
_base_ = './soccernet_reid_10pct.py'

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=_base_.image_size, backend='pillow'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
test_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=_base_.image_size, backend='pillow'),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]

train_dataloader = dict(
    batch_size=32,  # 8 identities x 4 images
    sampler=dict(
        _delete_=True,
        type='snreid_mm.ActionIdentitySampler',
        num_instances=4,
        scope='all',
        singletons='repeat'),
    dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
