# AdamW with warm-up and a cosine that ends with the training, 500 batches of
# 32 long.
_base_ = './adamw.py'

warmup_iters = 50

optim_wrapper = dict(
    type='snreid_mm.Bfloat16OptimWrapper', optimizer=dict(fused=True))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.1,
        by_epoch=False,
        begin=0,
        end=warmup_iters),
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=warmup_iters),
]

train_cfg = dict(by_epoch=False, max_iters=500)
val_cfg = None
test_cfg = dict(fp16=True)  # bfloat16 on a CPU, float16 on a GPU
