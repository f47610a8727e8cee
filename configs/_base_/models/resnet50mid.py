# ResNet-50 whose last stage's first two blocks are joined to its third:
# torchreid's `resnet50mid`, 1,024 + 2,048 numbers.
_base_ = './resnet50_fc512.py'  # its ImageNet weights and its losses

model = dict(
    backbone=dict(
        type='snreid_mm.ResNetMid',
        strides=(1, 2, 2, 2)),  # 8 x 4 positions, as in torchreid
    neck=dict(_delete_=True, type='snreid_mm.MidLevelNeck', mid_channels=1024))
