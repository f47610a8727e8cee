# The ablation's first step: the appearance stream alone, averaged over its
# positions.
_base_ = './two-stream-compact_b128-60e_soccernet-10pct_256x128.py'

model = dict(
    part_extractor=None,
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='LinearNeck', out_channels=512, norm_cfg=dict(type='BN1d')),
    ])
