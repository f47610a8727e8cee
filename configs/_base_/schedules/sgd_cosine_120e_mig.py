# The team MIG's: SGD, twice the rate on biases, 20 epochs of warm-up, a
# cosine to the end. Where the warm-up starts and the cosine ends are
# TransReID's, whose schedule it is.
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=4e-4, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=dict(bias_lr_mult=2.0))

warmup_epochs = 20

param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=0,
        end=warmup_epochs),
    dict(
        type='CosineAnnealingLR',
        eta_min_ratio=0.002,
        by_epoch=True,
        begin=warmup_epochs),
]
train_cfg = dict(by_epoch=True, max_epochs=120, val_interval=10)
val_cfg = dict()
test_cfg = dict()

auto_scale_lr = dict(base_batch_size=16)
