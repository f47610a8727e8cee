# The fifth step: layer-wise similarity, on the second stage.
_base_ = './two-stream-compact_b64-12e_pitch-bench_128x64.py'

model = dict(
    backbone=dict(out_indices=(1, 2)),  # counted from 0
    taps=dict(indices=(0, ), channels=256),  # of the two outputs
    head=dict(
        type='snreid_mm.LayerSimilarityHead',
        loss_tap=dict(
            type='snreid_mm.BatchHardTripletLoss',
            margin=0.3,
            normalize=True,
            loss_weight=0.5)))
