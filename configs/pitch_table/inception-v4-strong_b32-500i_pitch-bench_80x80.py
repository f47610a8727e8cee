# Inception-v4 with strong settings.
_base_ = [
    '../_base_/models/inception_v4.py',
    '../_base_/models/strong.py',
    '../_base_/datasets/pitch_80x80.py',
    '../_base_/schedules/adamw_cosine_500i.py',
    '../_base_/cpu_runtime.py',
]

model = dict(
    input_size=(80, 80),
    backbone=dict(pretrained=False),
    **_base_.strong)
