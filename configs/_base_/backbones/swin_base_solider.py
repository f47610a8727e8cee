# Swin-B of SOLIDER, trained without labels on pedestrians (LUPerson).
backbone = dict(
    type='SwinTransformer',
    arch='base',
    img_size=(256, 128),
    pad_small_map=True,  # its last map, 8 x 4, is smaller than a window
    drop_path_rate=0.2,
    # Where SOLIDER's semantic weight goes.
    stage_cfgs=dict(downsample_cfg=dict(bias=True)),
    # Written by tools/model_converters/solider_to_snreid.py. Without it:
    # model.backbone.init_cfg=None
    init_cfg=dict(
        type='Pretrained', checkpoint='checkpoints/solider_swin_base.pth'))
normalization = dict(
    mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5])
