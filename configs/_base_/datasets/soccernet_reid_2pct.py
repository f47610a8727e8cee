# The first 2 % of the training actions; valid and test stay whole.
_base_ = './soccernet_reid.py'

train_dataloader = dict(dataset=dict(fraction=0.02))
