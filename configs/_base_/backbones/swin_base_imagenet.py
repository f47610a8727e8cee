# Swin-B, trained on ImageNet-21k, then on ImageNet. Without its weights:
# model.backbone.init_cfg=None
backbone = dict(
    type='SwinTransformer',
    arch='base',
    img_size=(256, 128),
    pad_small_map=True,  # its last map, 8 x 4, is smaller than a window
    drop_path_rate=0.2,
    init_cfg=dict(
        type='Pretrained',
        checkpoint='https://download.openmmlab.com/mmclassification/v0/'
        'swin-transformer/convert/swin_base_patch4_window7_224_22kto1k-'
        'f967f799.pth',
        prefix='backbone.'))
normalization = dict(
    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
