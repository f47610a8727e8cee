# InfoNCE over the pairs of an action in the place of the softmax over
# identities.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

model = dict(
    head=dict(
        losses=dict(
            _delete_=True,
            pairs=dict(type='snreid_mm.InfoNCELoss', within='action'))))
# Weight decay would pull the temperature's logarithm to zero.
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys={'log_scale': dict(decay_mult=0)}))
