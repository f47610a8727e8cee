# The same on the first 2 % of the training actions.
_base_ = './resnet50-fc512_b128-60e_soccernet-10pct_256x128.py'

train_dataloader = dict(dataset=dict(fraction=0.02))
