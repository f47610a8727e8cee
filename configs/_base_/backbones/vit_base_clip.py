# ViT-B/16 of OpenAI's CLIP, trained further on ImageNet-12k and ImageNet; of
# B/16 MMPretrain has no weights as CLIP left them. Without its weights:
# model.backbone.init_cfg=None
backbone = dict(
    type='VisionTransformer',
    arch='base',
    img_size=(256, 128),  # 16 x 8 patches
    pre_norm=True,
    drop_path_rate=0.1,
    init_cfg=dict(
        type='Pretrained',
        checkpoint='https://download.openmmlab.com/mmclassification/v0/clip/'
        'clip-vit-base-p16_openai-in12k-pre_3rdparty_in1k_20221220-'
        '90d930a8.pth',
        prefix='backbone.'))
normalization = dict(  # CLIP's, in RGB
    mean=[122.771, 116.746, 104.094], std=[68.501, 66.632, 70.323])
