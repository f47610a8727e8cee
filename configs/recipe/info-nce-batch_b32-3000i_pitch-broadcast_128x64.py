# InfoNCE over the pairs of the batch in the place of the triplet loss.
_base_ = './players_b32-3000i_pitch-broadcast_128x64.py'

model = dict(
    head=dict(
        loss_triplet=None,
        losses=dict(pairs=dict(type='snreid_mm.InfoNCELoss'))))
# Weight decay would pull the temperature's logarithm to zero.
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys={'log_scale': dict(decay_mult=0)}))
