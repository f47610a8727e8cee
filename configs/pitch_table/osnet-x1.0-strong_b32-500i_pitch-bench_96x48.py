# OSNet with strong settings.
_base_ = [
    '../_base_/models/osnet_x1_0.py',
    '../_base_/models/strong.py',
    '../_base_/datasets/pitch_96x48.py',
    '../_base_/schedules/adamw_cosine_500i.py',
    '../_base_/cpu_runtime.py',
]

model = dict(
    input_size=(96, 48),
    init_cfg=None,
    **_base_.strong)
