# Players and goalkeepers, one action a batch: 8 of them x 2 crops, and nobody
# who is seen once.
_base_ = './soccernet_reid_players.py'

train_dataloader = dict(
    batch_size=16,
    sampler=dict(
        batch_size=16,
        identities_per_action=8,
        singletons='drop',
        keep_apart=False))
