# SportsReID's ViT-L/16, which is DeiT-III's. The published weights are the
# mean of five seeds (tools/model_converters/average_checkpoints.py).
_base_ = [
    '../_base_/models/sportsreid.py',
    '../_base_/datasets/soccernet_reid_sportsreid_224x224.py',
    '../_base_/schedules/adamw_warmup_40e_sportsreid.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        type='DeiT3',
        arch='large',
        img_size=224,
        # ImageNet-21k weights, fine-tuned on ImageNet. Without them:
        # model.backbone.init_cfg=None
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmclassification/v0/'
            'deit3/deit3-large-p16_in21k-pre_3rdparty_in1k_20221009-'
            'd8d27084.pth',
            prefix='backbone.')))
