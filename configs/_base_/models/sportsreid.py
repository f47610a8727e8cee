# SportsReID (arXiv 2206.02373) on any backbone: a linear layer with batch
# norm, cross-entropy, batch-hard triplets and centroids on the embedding as
# it is.
model = dict(
    type='snreid_mm.PlayerReID',
    neck=dict(
        type='LinearNeck',
        gap_dim=2,
        out_channels=512,
        norm_cfg=dict(type='BN1d')),
    head=dict(
        type='snreid_mm.ReIDHead',
        num_classes=None,  # ClassCountHook counts the training identities
        loss_cls=dict(
            type='LabelSmoothLoss',
            label_smooth_val=0.1,
            mode='original',
            loss_weight=0.5),
        loss_triplet=dict(
            type='snreid_mm.BatchHardTripletLoss', margin=0.5,
            loss_weight=0.9),
        losses=dict(
            centroid=dict(type='snreid_mm.CentroidLoss', loss_weight=0.5))))
