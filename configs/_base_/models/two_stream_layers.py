# The two-stream model with a triplet loss on the ResNet's second and third
# stage each, beside those on the embedding.
_base_ = './two_stream.py'

model = dict(
    backbone=dict(out_indices=(1, 2, 3)),  # counted from 0
    head=dict(
        type='snreid_mm.LayerSimilarityHead',
        taps=(0, 1),  # of the three outputs
        tap_channels=512,
        loss_tap=dict(
            type='snreid_mm.BatchHardTripletLoss',
            margin=0.3,
            normalize=True,
            loss_weight=0.5)))
