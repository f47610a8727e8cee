# + the losses of the strong settings: the triplet loss and the ranking see
# unit length, the classifier the embedding as batch norm leaves it.
_base_ = [
    './adamw_b32-3000i_pitch-broadcast_96x48.py',
    '../_base_/models/strong.py',
]

model = dict(
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='LinearNeck', out_channels=256, norm_cfg=dict(type='BN1d')),
    ],
    **_base_.strong)
