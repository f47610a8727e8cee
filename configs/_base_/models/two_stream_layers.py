# The two-stream model with a triplet loss on the ResNet's second and third
# stage each, beside those on the embedding.
_base_ = './two_stream.py'

model = dict(
    backbone=dict(out_indices=(1, 2, 3)),  # counted from 0
    taps=dict(indices=(0, 1), channels=512),  # of the three outputs
    head=dict(
        type='snreid_mm.LayerSimilarityHead',
        loss_tap=dict(
            type='snreid_mm.BatchHardTripletLoss',
            margin=0.3,
            normalize=True,
            loss_weight=0.5)))
