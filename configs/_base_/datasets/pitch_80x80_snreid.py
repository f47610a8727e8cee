# The same crops in the batches of SoccerNet's sn-reid: identities of all
# actions, and copies where one has fewer than four images.
_base_ = './pitch_80x80.py'

train_dataloader = dict(
    sampler=dict(num_instances=4, scope='all', singletons='repeat'))
