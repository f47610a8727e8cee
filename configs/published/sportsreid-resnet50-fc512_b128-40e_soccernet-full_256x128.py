# SportsReID's ResNet50-fc512: the baselines' network without its last ReLU,
# under other batches and losses.
_base_ = [
    '../_base_/models/sportsreid.py',
    '../_base_/datasets/soccernet_reid_sportsreid.py',
    '../_base_/schedules/adam_40e_sportsreid.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        type='ResNet',
        depth=50,
        strides=(1, 2, 2, 1),
        # ImageNet weights. Without them: model.backbone.init_cfg=None
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50')))
