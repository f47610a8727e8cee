# wKondracki01/soccernet-reid: a ResNet-18 on batches of one action, 8
# players x 2 crops, with one batch-hard triplet loss.
_base_ = [
    '../_base_/datasets/soccernet_reid_one_action.py',
    '../_base_/schedules/adam_cosine_60e_one_action.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='snreid_mm.PlayerReID',
    backbone=dict(
        type='ResNet',
        depth=18,
        # ImageNet weights. Without them: model.backbone.init_cfg=None
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet18')),
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='snreid_mm.BNNeck', out_channels=512),
    ],
    head=dict(
        type='snreid_mm.ReIDHead',
        loss_cls=None,
        loss_triplet=dict(
            type='snreid_mm.BatchHardTripletLoss', margin=0.3,
            normalize=True)),
    normalize_embedding=True)
