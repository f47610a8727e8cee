# + batches: teammates together, 2 images of each, and no copies.
_base_ = './snreid_b32-3000i_pitch-broadcast_96x48.py'

train_dataloader = dict(
    sampler=dict(num_instances=2, scope='action', singletons='keep'))
