# The optimizer of all strong settings. AdamW's weight decay acts on the
# weights alone, a share of lr x 0.05 each step, not through Adam's moments,
# where a decay outweighs the gradients of a metric loss as soon as these are
# small: docs/user_guides/strong.md.
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=3.5e-4, weight_decay=0.05),
    # No weight decay on biases and norm layers.
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0))
