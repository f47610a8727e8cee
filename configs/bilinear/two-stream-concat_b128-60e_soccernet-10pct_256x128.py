# The ablation's second step: parts, joined by concatenation.
_base_ = './two-stream-compact_b128-60e_soccernet-10pct_256x128.py'

model = dict(
    neck=[
        dict(type='snreid_mm.ConcatFusion', normalize=False),
        dict(type='LinearNeck', out_channels=512, norm_cfg=dict(type='BN1d')),
    ])
