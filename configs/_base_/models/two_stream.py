# Two streams over one image: a ResNet-50 sees the appearance and OpenPose's
# network the body parts. Compact bilinear pooling joins their 16 x 8 maps in
# an embedding of 512 numbers and unit length.
_base_ = './resnet50_fc512.py'  # its appearance stream and its losses

model = dict(
    part_extractor=dict(
        type='snreid_mm.OpenPoseParts',
        # Written by tools/model_converters/openpose_to_snreid.py. Without it:
        # model.part_extractor.init_cfg=None
        init_cfg=dict(
            type='Pretrained', checkpoint='checkpoints/openpose_parts.pth')),
    neck=dict(
        _delete_=True,
        type='snreid_mm.CompactBilinearPooling',
        out_channels=512,
        appearance_proj=dict(out_channels=128, kernel_size=1)))
