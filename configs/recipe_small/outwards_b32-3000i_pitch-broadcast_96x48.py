# Batches filled outwards from an action; who may be one person never meets.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

train_dataloader = dict(
    sampler=dict(
        _delete_=True,
        type='snreid_mm.ActionBatchSampler',
        batch_size=32,
        keep_apart=True))
