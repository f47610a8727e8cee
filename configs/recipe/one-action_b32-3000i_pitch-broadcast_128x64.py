# Batches of two random actions, 8 identities x 2 images of each.
_base_ = './players_b32-3000i_pitch-broadcast_128x64.py'

train_dataloader = dict(
    sampler=dict(
        _delete_=True,
        type='snreid_mm.ActionBatchSampler',
        batch_size=32,
        identities_per_action=8,
        levels=()))
