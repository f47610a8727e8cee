# SportsReID's ViT-B/16, torchvision's vit_b_16.
_base_ = [
    '../_base_/models/sportsreid.py',
    '../_base_/datasets/soccernet_reid_sportsreid_224x224.py',
    '../_base_/schedules/adamw_warmup_40e_sportsreid.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        type='VisionTransformer',
        arch='base',
        img_size=224,
        # ImageNet weights, not torchvision's but DeiT's of the same network.
        # Without them: model.backbone.init_cfg=None
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmclassification/v0/'
            'deit/deit-base_pt-16xb64_in1k_20220216-db63c16c.pth',
            prefix='backbone.')))
