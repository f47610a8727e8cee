# The schedule of SoccerNet's sn-reid baselines and of the two-stream model
# that was trained with them: Adam in three steps, for batches of 32.
optim_wrapper = dict(optimizer=dict(type='Adam', lr=1e-5, weight_decay=5e-4))
param_scheduler = dict(type='StepLR', by_epoch=True, step_size=20, gamma=0.1)

train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=5)
val_cfg = dict()
test_cfg = dict()

# tools/train.py --auto-scale-lr scales the rate by the batch over all GPUs.
auto_scale_lr = dict(base_batch_size=32)
