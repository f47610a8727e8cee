# ResNet50mid with the original's settings.
_base_ = [
    '../_base_/models/resnet50mid.py',
    '../_base_/datasets/pitch_96x48_snreid.py',
    '../_base_/schedules/adam_500i_snreid.py',
    '../_base_/cpu_runtime.py',
]

model = dict(input_size=(96, 48), backbone=dict(init_cfg=None))
