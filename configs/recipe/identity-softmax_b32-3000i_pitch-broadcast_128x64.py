# MIG's softmax over the identities in the place of the triplet loss.
_base_ = './players_b32-3000i_pitch-broadcast_128x64.py'

model = dict(
    head=dict(
        loss_triplet=None,
        losses=dict(
            identity=dict(
                type='snreid_mm.IdentitySoftmaxLoss', temperature=0.15))))
