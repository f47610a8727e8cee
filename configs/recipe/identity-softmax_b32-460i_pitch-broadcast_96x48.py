# MIG's softmax over the identities in the place of the triplet loss.
_base_ = './players_b32-460i_pitch-broadcast_96x48.py'

model = dict(
    head=dict(
        loss_triplet=None,
        losses=dict(
            identity=dict(
                type='snreid_mm.IdentitySoftmaxLoss', temperature=0.15))))
