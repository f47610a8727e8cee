# Twice as long from random weights, as many images as `pretrained` has seen
# with its pretraining.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

train_cfg = dict(max_iters=6000, val_interval=6000)
default_hooks = dict(checkpoint=dict(interval=6000))
