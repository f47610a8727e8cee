# Layer-wise similarity of a small ResNet: a triplet loss on its second stage,
# beside the losses on the embedding.
second_stage_similarity = dict(
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
