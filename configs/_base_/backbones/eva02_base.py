# EVA-02-B/14, trained to predict CLIP's features on ImageNet-21k. Without its
# weights: model.backbone.init_cfg=None
backbone = dict(
    type='ViTEVA02',
    arch='base',
    img_size=(224, 112),  # 16 x 8 patches
    patch_size=14,
    sub_ln=True,
    final_norm=False,
    out_type='avg_featmap',
    drop_path_rate=0.1,
    init_cfg=dict(
        type='Pretrained',
        checkpoint='https://download.openmmlab.com/mmpretrain/v1.0/eva02/'
        'eva02-base-p14_pre_in21k_20230505-2f2d4d3c.pth',
        prefix='backbone.'))
normalization = dict(  # CLIP's, in RGB
    mean=[122.771, 116.746, 104.094], std=[68.501, 66.632, 70.323])
