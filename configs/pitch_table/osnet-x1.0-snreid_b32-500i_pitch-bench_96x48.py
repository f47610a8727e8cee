# OSNet with the original's settings.
_base_ = [
    '../_base_/models/osnet_x1_0.py',
    '../_base_/datasets/pitch_96x48_snreid.py',
    '../_base_/schedules/adam_500i_snreid.py',
    '../_base_/cpu_runtime.py',
]

model = dict(input_size=(96, 48), init_cfg=None)
