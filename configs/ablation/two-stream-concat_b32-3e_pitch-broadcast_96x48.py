# The second step: parts, joined by concatenation.
_base_ = './two-stream-compact_b32-3e_pitch-broadcast_96x48.py'

model = dict(
    neck=[
        dict(type='snreid_mm.ConcatFusion', normalize=False),
        dict(type='LinearNeck', out_channels=256, norm_cfg=dict(type='BN1d')),
    ])
