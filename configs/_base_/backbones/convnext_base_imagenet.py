# ConvNeXt-B, trained on ImageNet-21k, then on ImageNet. Without its weights:
# model.backbone.init_cfg=None
backbone = dict(
    type='ConvNeXt',
    arch='base',
    drop_path_rate=0.2,
    init_cfg=dict(
        type='Pretrained',
        checkpoint='https://download.openmmlab.com/mmclassification/v0/'
        'convnext/convnext-base_in21k-pre-3rdparty_32xb128_in1k_20220124-'
        'eb2d6ada.pth',
        prefix='backbone.'))
normalization = dict(
    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
