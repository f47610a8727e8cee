# The ablation's first step: the appearance stream alone, averaged over its
# positions.
_base_ = './two-stream-compact_b128-60e_soccernet-10pct_256x128.py'

model = dict(
    part_extractor=None,
    # The fusing necks give unit length by themselves.
    normalize_embedding=True,
    neck=dict(
        _delete_=True,
        type='LinearNeck',
        gap_dim=2,
        out_channels=512,
        norm_cfg=dict(type='BN1d')),
    head=dict(loss_triplet=dict(normalize=True)))
