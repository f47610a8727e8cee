# The same, starting from ImageNet.
_base_ = './mobilenet-v2-scratch_b32-3e_pitch-broadcast_96x48.py'

model = dict(
    backbone=dict(
        # Written by tools/model_converters/mobilenetv2_to_snreid.py.
        init_cfg=dict(
            type='Pretrained', checkpoint='checkpoints/mobilenet_v2.pth')))
