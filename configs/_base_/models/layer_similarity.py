# Layer-wise similarity: a triplet loss on the ResNet's second and third stage
# each, beside the losses on the embedding.
layer_similarity = dict(
    backbone=dict(out_indices=(1, 2, 3)),  # counted from 0
    # Of the three outputs. One layer each, then batch norm: without it the
    # loss would draw all crops to one point.
    taps=dict(
        indices=(0, 1),
        channels=512,
        out_norm_cfg=dict(type='BN1d', affine=False)),
    head=dict(
        type='snreid_mm.LayerSimilarityHead',
        loss_tap=dict(
            type='snreid_mm.BatchHardTripletLoss',
            margin=0.3,
            normalize=True,
            loss_weight=0.5)))
