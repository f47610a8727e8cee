# Re-identification on the synthetic pitch at three eighths of the size, for a
# CPU. Nothing is validated: what is compared has one budget, and the last
# checkpoint is tested.
_base_ = './soccernet_reid.py'

data_root = 'data/pitch-bench'
image_size = (48, 96)  # width, height

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
test_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
loader = dict(num_workers=1, pin_memory=False)
train_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=train_pipeline), **loader)
val_dataloader = None
val_evaluator = None
test_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=test_pipeline), **loader)
