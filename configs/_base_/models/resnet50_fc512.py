# ResNet-50 with one fully connected layer of 512 channels: torchreid's
# `resnet50_fc512`, the baseline of SoccerNet's sn-reid.
model = dict(
    type='snreid_mm.PlayerReID',
    backbone=dict(
        type='ResNet',
        depth=50,
        strides=(1, 2, 2, 1),  # the last stage keeps its 16 x 8 positions
        # ImageNet weights. Without them: model.backbone.init_cfg=None
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50')),
    neck=[
        dict(type='GlobalAveragePooling'),
        # The embedding: fully connected, batch norm, ReLU.
        dict(
            type='LinearNeck',
            out_channels=512,
            norm_cfg=dict(type='BN1d'),
            act_cfg=dict(type='ReLU'),
            init_cfg=dict(type='Normal', layer='Linear', std=0.01)),
    ],
    head=dict(
        type='snreid_mm.ReIDHead',
        num_classes=None,  # ClassCountHook counts the training identities
        loss_cls=dict(
            type='LabelSmoothLoss',
            label_smooth_val=0.1,
            mode='original',
            loss_weight=0.5),
        loss_triplet=dict(
            type='snreid_mm.BatchHardTripletLoss', margin=0.3,
            loss_weight=0.5)))
