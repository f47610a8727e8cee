# The first fifth of the training actions, as up to unit-length.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

train_dataloader = dict(dataset=dict(fraction=0.2))
