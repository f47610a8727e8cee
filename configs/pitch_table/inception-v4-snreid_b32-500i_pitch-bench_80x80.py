# Inception-v4 with the original's settings.
_base_ = [
    '../_base_/models/inception_v4.py',
    '../_base_/datasets/pitch_80x80_snreid.py',
    '../_base_/schedules/adam_500i_snreid.py',
    '../_base_/cpu_runtime.py',
]

model = dict(input_size=(80, 80), backbone=dict(pretrained=False))
