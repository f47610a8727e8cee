# The third step: the full bilinear pooling, 64 x 17 numbers long.
_base_ = './two-stream-compact_b32-3e_pitch-broadcast_96x48.py'

model = dict(
    neck=[
        dict(
            type='snreid_mm.BilinearPooling',
            signed_sqrt=True,
            appearance_proj=dict(out_channels=64),
            normalize=False),
        dict(type='LinearNeck', out_channels=256, norm_cfg=dict(type='BN1d')),
    ])
