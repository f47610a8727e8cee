# The first step: the appearance stream alone, averaged over its positions.
_base_ = './two-stream-compact_b32-3e_pitch-broadcast_96x48.py'

model = dict(
    part_extractor=None,
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='LinearNeck', out_channels=256, norm_cfg=dict(type='BN1d')),
    ])
