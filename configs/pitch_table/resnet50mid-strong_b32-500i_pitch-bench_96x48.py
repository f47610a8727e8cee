# ResNet50mid with strong settings.
_base_ = [
    '../_base_/models/resnet50mid.py',
    '../_base_/models/strong.py',
    '../_base_/datasets/pitch_96x48.py',
    '../_base_/schedules/adamw_cosine_500i.py',
    '../_base_/cpu_runtime.py',
]

model = dict(
    input_size=(96, 48),
    backbone=dict(init_cfg=None),
    **_base_.strong)
