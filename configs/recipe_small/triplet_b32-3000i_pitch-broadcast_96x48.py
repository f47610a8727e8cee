# The triplet loss of unit-length in the place of the softmax over identities.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

model = dict(
    head=dict(
        losses=None,
        loss_triplet=dict(
            _delete_=True,
            type='snreid_mm.BatchHardTripletLoss',
            margin=0.3,
            normalize=True,
            loss_weight=1.0)))
