# AdamW with warm-up and a cosine that ends with the training, whatever
# train_cfg.max_epochs says; for batches of 128.
_base_ = './adamw.py'

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
        eta_min_ratio=0.01,
        by_epoch=True,
        begin=warmup_epochs,
        convert_to_iter_based=True),
]

train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=5)
val_cfg = dict()
test_cfg = dict()

# tools/train.py --auto-scale-lr scales the rate by the batch over all GPUs.
auto_scale_lr = dict(base_batch_size=128)
