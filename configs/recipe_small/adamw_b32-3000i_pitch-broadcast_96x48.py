# + AdamW, with warm-up and a cosine.
_base_ = './batches_b32-3000i_pitch-broadcast_96x48.py'

warmup_iters = 300

# The rate of _base_/schedules/adamw_cosine_small.py, no other was tried.
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.1,
        by_epoch=False,
        begin=0,
        end=warmup_iters),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=warmup_iters),
]
