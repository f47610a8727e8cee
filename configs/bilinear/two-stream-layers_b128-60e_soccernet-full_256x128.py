# The two-stream model with strong settings, on all the training data.
_base_ = './two-stream-layers_b128-60e_soccernet-10pct_256x128.py'

train_dataloader = dict(dataset=dict(fraction=1.0))
