# ViT-L/14 of OpenAI's CLIP. Without its weights: model.backbone.init_cfg=None
backbone = dict(
    type='VisionTransformer',
    arch='large',
    img_size=(224, 112),  # 16 x 8 patches
    patch_size=14,
    pre_norm=True,
    norm_cfg=dict(type='LN', eps=1e-5),
    layer_cfgs=dict(act_cfg=dict(type='mmpretrain.QuickGELU')),
    drop_path_rate=0.3,
    init_cfg=dict(
        type='Pretrained',
        checkpoint='https://download.openmmlab.com/mmclassification/v0/clip/'
        'vit-large-p14_clip-openai-pre_3rdparty_20230517-95e2af0b.pth',
        prefix='backbone.'))
normalization = dict(  # CLIP's, in RGB
    mean=[122.771, 116.746, 104.094], std=[68.501, 66.632, 70.323])
