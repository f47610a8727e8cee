# A moving average of the weights, which is validated, saved and tested in
# their place. It reaches back over a tenth of the steps so far, and over no
# more than 5,000.
custom_hooks = [
    dict(
        type='EMAHook',
        ema_type='MomentumAnnealingEMA',
        momentum=2e-4,
        gamma=10)
]
