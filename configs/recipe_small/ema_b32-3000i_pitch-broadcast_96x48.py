# A moving average of the weights, which is tested in their place.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

custom_hooks = [
    dict(type='snreid_mm.ChannelsLastHook'),
    # As in _base_/hooks/ema.py.
    dict(
        type='EMAHook',
        ema_type='MomentumAnnealingEMA',
        momentum=2e-4,
        gamma=10),
]
