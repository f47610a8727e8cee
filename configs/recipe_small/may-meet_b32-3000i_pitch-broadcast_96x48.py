# Batches filled outwards, in which those who may be one person can meet.
_base_ = './outwards_b32-3000i_pitch-broadcast_96x48.py'

train_dataloader = dict(sampler=dict(keep_apart=False))
