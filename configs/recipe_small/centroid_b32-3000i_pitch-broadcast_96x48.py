# The centroid loss beside, in its bounded form.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

model = dict(
    head=dict(
        losses=dict(
            centroid=dict(
                type='snreid_mm.CentroidLoss',
                margin=0.3,
                normalize=True,
                loss_weight=0.5))))
