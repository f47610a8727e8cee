# The same on the first 2 % of the training actions, for 40 epochs.
_base_ = './two-stream-layers_b32-60e_soccernet-10pct_256x128.py'

train_dataloader = dict(dataset=dict(fraction=0.02))
train_cfg = dict(max_epochs=40)
