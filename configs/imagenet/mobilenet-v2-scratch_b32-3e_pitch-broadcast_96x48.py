# MobileNetV2 from random weights, with the losses, the sampler and the
# embedding's layer of the ablation's appearance stream.
_base_ = '../ablation/appearance-only_b32-3e_pitch-broadcast_96x48.py'

model = dict(backbone=dict(_delete_=True, type='MobileNetV2'))
# Half of the rate that the ablation's smaller network has.
optim_wrapper = dict(optimizer=dict(lr=1e-3))
