# CLIP-ReIdent's: AdamW, one epoch of warm-up and three of decay. No decay on
# the temperature's logarithm, which it would pull to zero.
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=4e-5, weight_decay=0.01),
    paramwise_cfg=dict(custom_keys={'log_scale': dict(decay_mult=0)}))

warmup_epochs = 1

param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=0,
        end=warmup_epochs,
        convert_to_iter_based=True),
    dict(
        type='PolyLR',
        power=2,
        eta_min=1e-5,
        by_epoch=True,
        begin=warmup_epochs,
        convert_to_iter_based=True),
]
train_cfg = dict(by_epoch=True, max_epochs=4, val_interval=1)
val_cfg = dict()
test_cfg = dict()

auto_scale_lr = dict(base_batch_size=32)
