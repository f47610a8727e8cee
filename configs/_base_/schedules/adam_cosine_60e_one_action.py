# wKondracki01/soccernet-reid's: Adam without weight decay, five epochs of
# warm-up, a cosine to zero.
optim_wrapper = dict(optimizer=dict(type='Adam', lr=3.5e-4))

warmup_epochs = 5

param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=0,
        end=warmup_epochs,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        begin=warmup_epochs,
        convert_to_iter_based=True),
]
train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=10)
val_cfg = dict()
test_cfg = dict()

auto_scale_lr = dict(base_batch_size=16)
