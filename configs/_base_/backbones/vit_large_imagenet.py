# ViT-L/16 of DeiT-III, trained on ImageNet-21k, then on ImageNet.
# Without its weights: model.backbone.init_cfg=None
backbone = dict(
    type='DeiT3',
    arch='large',
    img_size=(256, 128),  # 16 x 8 patches
    drop_path_rate=0.3,
    init_cfg=dict(
        type='Pretrained',
        checkpoint='https://download.openmmlab.com/mmclassification/v0/deit3/'
        'deit3-large-p16_in21k-pre_3rdparty_in1k_20221009-d8d27084.pth',
        prefix='backbone.'))
normalization = dict(
    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
