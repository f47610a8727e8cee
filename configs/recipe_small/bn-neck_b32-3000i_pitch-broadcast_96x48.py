# Batch norm on both sides of the linear layer.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

model = dict(
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='snreid_mm.BNNeck', out_channels=256),
    ])
