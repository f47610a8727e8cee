# SportsReID's DeiT-S/16, whose embedding has 384 numbers.
_base_ = [
    '../_base_/models/sportsreid.py',
    '../_base_/datasets/soccernet_reid_sportsreid_224x224.py',
    '../_base_/schedules/adamw_warmup_40e_sportsreid.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        type='VisionTransformer',
        arch='deit-small',
        img_size=224,
        # ImageNet weights. Without them: model.backbone.init_cfg=None
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmclassification/v0/'
            'deit/deit-small_pt-4xb256_in1k_20220218-9425b9bb.pth',
            prefix='backbone.')),
    neck=dict(out_channels=384))
