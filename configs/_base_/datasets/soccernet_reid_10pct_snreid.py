# The first 10 % of the training actions, in the batches of SoccerNet's
# sn-reid: identities of all actions, and copies where one has fewer than four
# images.
_base_ = './soccernet_reid_10pct.py'

train_dataloader = dict(
    batch_size=32,  # 8 identities x 4 images
    sampler=dict(
        _delete_=True,
        type='snreid_mm.ActionIdentitySampler',
        num_instances=4,
        scope='all',
        singletons='repeat'))
