# ViT-B/14 of DINOv2, trained without labels. Without its weights:
# model.backbone.init_cfg=None
backbone = dict(
    type='VisionTransformer',
    arch='base',
    img_size=(224, 112),  # 16 x 8 patches
    patch_size=14,
    layer_scale_init_value=1e-5,
    drop_path_rate=0.1,
    init_cfg=dict(
        type='Pretrained',
        checkpoint='https://download.openmmlab.com/mmpretrain/v1.0/dinov2/'
        'vit-base-p14_dinov2-pre_3rdparty_20230426-ba246503.pth',
        prefix='backbone.'))
normalization = dict(
    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
