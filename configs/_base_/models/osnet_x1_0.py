# OSNet with its fully connected layer of 512 channels: torchreid's
# `osnet_x1_0`. The losses are those of every baseline.
_base_ = './resnet50_fc512.py'

model = dict(
    backbone=dict(_delete_=True, type='snreid_mm.OSNet', width=1.0),
    # The embedding: fully connected, batch norm, ReLU.
    neck=dict(
        _delete_=True,
        type='LinearNeck',
        gap_dim=2,
        out_channels=512,
        norm_cfg=dict(type='BN1d'),
        act_cfg=dict(type='ReLU'),
        init_cfg=dict(type='Normal', layer='Linear', std=0.01)),
    # ImageNet weights of the backbone and of the layer, written by
    # tools/model_converters/osnet_to_snreid.py. Without them:
    # model.init_cfg=None
    init_cfg=dict(type='Pretrained', checkpoint='checkpoints/osnet_x1_0.pth'))
