# Beside the ladder: layer-wise similarity on a plain ResNet, as the original
# measured it, on the second stage.
_base_ = './appearance-only_b32-3e_pitch-broadcast_96x48.py'

model = dict(
    backbone=dict(out_indices=(1, 2)),  # counted from 0
    taps=dict(  # of the two outputs
        indices=(0, ),
        channels=256,
        # Without it the loss would draw all crops to one point.
        out_norm_cfg=dict(type='BN1d', affine=False)),
    head=dict(
        type='snreid_mm.LayerSimilarityHead',
        loss_tap=dict(
            type='snreid_mm.BatchHardTripletLoss',
            margin=0.3,
            normalize=True,
            loss_weight=0.5)))
