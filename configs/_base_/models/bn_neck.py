# What stands on a backbone with strong settings where the batches are those of
# actions: batch norm on both sides of the linear layer, centroids beside the
# triplets, and the mirror image at test. The config brings the backbone.
_base_ = './strong.py'

model = dict(
    type='snreid_mm.PlayerReID',
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='snreid_mm.BNNeck', out_channels=512),
    ],
    head=dict(
        type='snreid_mm.ReIDHead',
        num_classes=None,  # ClassCountHook counts the training identities
        # At unit length, where it has a bound.
        losses=dict(
            centroid=dict(
                type='snreid_mm.CentroidLoss', normalize=True,
                loss_weight=0.5)),
        **_base_.strong.head),
    normalize_embedding=_base_.strong.normalize_embedding,
    flip_test=True)
