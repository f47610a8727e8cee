# AdamW with warm-up and a cosine, one epoch long, for batches of 32.
_base_ = './adamw_cosine_4e.py'

max_epochs = 1

optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.1,
        by_epoch=True,
        begin=0,
        end=0.1,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        begin=0,  # the warm-up is a factor of it
        end=max_epochs,
        T_max=max_epochs,
        convert_to_iter_based=True),
]

train_cfg = dict(max_epochs=max_epochs)
