# The losses and the ranking of the strong settings, whatever the network:
# docs/user_guides/strong.md says why. The entries in configs/strong have
# bn_neck.py instead.
strong = dict(
    # Ranked by the direction of the embedding,
    normalize_embedding=True,
    head=dict(
        # classified by the embedding as the neck leaves it: one of unit
        # length could not tell many identities apart,
        loss_cls=dict(
            type='LabelSmoothLoss',
            label_smooth_val=0.1,
            mode='original',
            loss_weight=0.5),
        # compared, as in the ranking, at unit length.
        loss_triplet=dict(
            type='snreid_mm.BatchHardTripletLoss',
            margin=0.3,
            normalize=True,
            loss_weight=1.0)))
