# A pose estimator that a CPU trains in a quarter of an hour.
_base_ = [
    '../_base_/models/pose_resnet18.py',
    '../_base_/datasets/pitch_keypoints_128x64.py',
    '../_base_/schedules/adamw_cosine_small.py',
    '../_base_/pose_runtime.py',
]

model = _base_.pose_estimator
train_cfg = dict(max_epochs=4, val_interval=1)
# The batch that the learning rate is for.
auto_scale_lr = dict(base_batch_size=32)
