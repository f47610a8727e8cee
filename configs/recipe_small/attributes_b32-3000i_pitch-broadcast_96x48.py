# The embedding is asked for the class and the jersey number too.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

model = dict(head=dict(attributes=dict(role=0.1, jersey=0.1)))

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=_base_.image_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs', meta_keys=(*_base_.meta_keys, 'jersey')),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
