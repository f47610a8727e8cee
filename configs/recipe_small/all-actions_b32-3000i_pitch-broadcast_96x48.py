# + all training actions, in as many batches as before.
_base_ = './unit-length_b32-3000i_pitch-broadcast_96x48.py'

train_dataloader = dict(dataset=dict(fraction=1.0))
