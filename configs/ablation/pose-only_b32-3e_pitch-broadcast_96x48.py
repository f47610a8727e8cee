# A control: the heatmaps alone, one linear layer on all their positions.
_base_ = './two-stream-compact_b32-3e_pitch-broadcast_96x48.py'

model = dict(
    backbone=dict(_delete_=True, **_base_.model.part_extractor),
    part_extractor=None,
    neck=[
        dict(type='snreid_mm.FlattenMap'),
        dict(type='LinearNeck', out_channels=256, norm_cfg=dict(type='BN1d')),
    ])
