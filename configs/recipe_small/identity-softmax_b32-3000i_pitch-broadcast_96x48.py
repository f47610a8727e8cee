# + MIG's softmax over the identities of a batch in the place of the triplet
# loss.
_base_ = './all-actions_b32-3000i_pitch-broadcast_96x48.py'

model = dict(
    head=dict(
        loss_triplet=None,
        losses=dict(
            identity=dict(
                type='snreid_mm.IdentitySoftmaxLoss', temperature=0.15))))
