# Re-identification on the synthetic pitch at half the size, for a CPU.
_base_ = './soccernet_reid.py'

data_root = 'data/pitch-bench'
image_size = (64, 128)  # width, height

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
loader = dict(num_workers=2, pin_memory=False)
train_dataloader = dict(
    batch_size=64,  # 32 identities x 2 images
    dataset=dict(data_root=data_root, pipeline=train_pipeline),
    **loader)
val_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=test_pipeline), **loader)
test_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=test_pipeline), **loader)
