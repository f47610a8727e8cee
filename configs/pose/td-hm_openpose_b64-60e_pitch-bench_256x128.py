# The two-stream model's own part stream, as a pose estimator.
_base_ = [
    '../_base_/models/pose_openpose.py',
    '../_base_/datasets/pitch_keypoints.py',
    '../_base_/schedules/adamw_cosine_60e.py',
    '../_base_/pose_runtime.py',
]

model = _base_.pose_estimator
# The batch that the learning rate is for.
auto_scale_lr = dict(base_batch_size=64)
