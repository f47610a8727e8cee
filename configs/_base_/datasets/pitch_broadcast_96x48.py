# Re-identification on the synthetic pitch's preset `broadcast`, at three
# eighths of the size, for a CPU.
_base_ = './pitch_128x64.py'

data_root = 'data/pitch-broadcast'
image_size = (48, 96)  # width, height

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    # Replays differ from the action's camera in exposure and white balance.
    dict(type='ColorJitter', brightness=0.3, contrast=0.3, saturation=0.3),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
test_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
loader = dict(num_workers=1)
train_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=train_pipeline), **loader)
val_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=test_pipeline), **loader)
test_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=test_pipeline), **loader)
