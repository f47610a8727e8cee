# A rate that falls by a quarter from each stage to the one below, so that the
# weights of the other pitch stay longer.
_base_ = './pretrained_b32-3000i_pitch-broadcast_96x48.py'

# MMPretrain's constructor knows the layers of a ResNet-50 and of larger ones.
# A key takes the norm layers along, which decay then too.
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={
            'backbone.layer3': dict(lr_mult=0.75),
            'backbone.layer2': dict(lr_mult=0.75**2),
            'backbone.layer1': dict(lr_mult=0.75**3),
            'backbone.conv1': dict(lr_mult=0.75**4),
            'backbone.bn1': dict(lr_mult=0.75**4),
        }))
