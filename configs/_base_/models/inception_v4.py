# Inception-v4, averaged over its 6 x 2 positions: 1,536 numbers, as
# torchreid's `inceptionv4`. The losses are those of every baseline.
_base_ = './resnet50_fc512.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='TIMMBackbone',
        model_name='inception_v4',
        # timm downloads ImageNet weights. Without them:
        # model.backbone.pretrained=False
        pretrained=True),
    neck=dict(_delete_=True, type='GlobalAveragePooling'))
