# A pose estimator that a CPU trains in a quarter of an hour.
_base_ = [
    '../_base_/models/pose_resnet18.py',
    '../_base_/datasets/pitch_keypoints_128x64.py',
    '../_base_/schedules/adamw_cosine_4e.py',
    '../_base_/pose_runtime.py',
]

model = _base_.pose_estimator
