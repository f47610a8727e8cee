# EVA-02-L/14, trained to predict CLIP's features on 38 million images. Without
# its weights: model.backbone.init_cfg=None
backbone = dict(
    type='ViTEVA02',
    arch='large',
    img_size=(224, 112),  # 16 x 8 patches
    patch_size=14,
    sub_ln=True,
    final_norm=False,
    out_type='avg_featmap',
    drop_path_rate=0.3,
    init_cfg=dict(
        type='Pretrained',
        checkpoint='https://download.openmmlab.com/mmpretrain/v1.0/eva02/'
        'eva02-large-p14_pre_m38m_20230505-b8a1a261.pth',
        prefix='backbone.'))
normalization = dict(  # CLIP's, in RGB
    mean=[122.771, 116.746, 104.094], std=[68.501, 66.632, 70.323])
