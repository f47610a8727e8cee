# Two streams over one image: a ResNet-50 sees the appearance and OpenPose's
# network the body parts. Compact bilinear pooling joins their 16 x 8 maps in
# an embedding of 512 numbers and unit length.
model = dict(
    type='snreid_mm.PlayerReID',
    backbone=dict(
        type='ResNet',
        depth=50,
        strides=(1, 2, 2, 1),  # the last stage keeps its 16 x 8 positions
        # ImageNet weights. Without them: model.backbone.init_cfg=None
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50')),
    part_extractor=dict(
        type='snreid_mm.OpenPoseParts',
        # Written by tools/model_converters/openpose_to_snreid.py. Without it:
        # model.part_extractor.init_cfg=None
        init_cfg=dict(
            type='Pretrained', checkpoint='checkpoints/openpose_parts.pth')),
    neck=dict(
        type='snreid_mm.CompactBilinearPooling',
        out_channels=512,
        appearance_proj=dict(out_channels=128, kernel_size=1)),
    head=dict(
        type='snreid_mm.ReIDHead',
        num_classes=None,  # tools/train.py counts the training identities
        loss_cls=dict(
            type='LabelSmoothLoss',
            label_smooth_val=0.1,
            mode='original',
            loss_weight=0.5),
        loss_triplet=dict(
            type='snreid_mm.BatchHardTripletLoss', margin=0.3,
            loss_weight=0.5)))
