# Re-identification on the synthetic pitch at three eighths of the size, for a
# CPU. Nothing is validated: what is compared has one budget, and the last
# checkpoint is tested.
_base_ = './soccernet_reid.py'

data_root = 'data/pitch-bench'

train_pipeline = _base_.train_pipeline
train_pipeline[1].scale = (48, 96)  # width, height
test_pipeline = _base_.test_pipeline
test_pipeline[1].scale = (48, 96)
loader = dict(num_workers=1, pin_memory=False)
train_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=train_pipeline), **loader)
val_dataloader = None
val_evaluator = None
test_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=test_pipeline), **loader)
