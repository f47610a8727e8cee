# Batches of one action, 16 blocks of 2 images of an identity; an action that
# has fewer repeats some.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

train_dataloader = dict(
    sampler=dict(
        _delete_=True,
        type='snreid_mm.ActionBatchSampler',
        batch_size=32,
        identities_per_action=16,
        levels=()))
