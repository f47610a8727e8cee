# SoccerNet-v3 ReID in the batches of SportsReID (arXiv 2206.02373): 32
# identities x 4 images, filled outwards from an action, copies where an
# identity has fewer than four. Resized as PIL does, flipped, nothing else.
_base_ = './soccernet_reid.py'

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
    batch_size=128,
    sampler=dict(
        _delete_=True,
        type='snreid_mm.ActionBatchSampler',
        batch_size=128,
        num_instances=4,
        singletons='repeat'),
    dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
