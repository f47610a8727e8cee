# The ablation's third step: the full bilinear pooling, 128 x 128 numbers long.
_base_ = './two-stream-compact_b128-60e_soccernet-10pct_256x128.py'

model = dict(
    neck=[
        dict(
            type='snreid_mm.BilinearPooling',
            signed_sqrt=True,
            appearance_proj=dict(out_channels=128, kernel_size=1),
            normalize=False),
        dict(type='LinearNeck', out_channels=512, norm_cfg=dict(type='BN1d')),
    ])
