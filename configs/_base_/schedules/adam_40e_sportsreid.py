# The schedule of SportsReID: Adam in two steps, for batches of 128.
_base_ = './adam_60e_snreid.py'

optim_wrapper = dict(optimizer=dict(lr=3e-4))
train_cfg = dict(max_epochs=40)
auto_scale_lr = dict(base_batch_size=128)
