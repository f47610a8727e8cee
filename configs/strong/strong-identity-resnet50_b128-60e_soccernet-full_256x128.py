# The cheap entry with MIG's softmax over the identities of the batch in the
# place of classifier, triplets and centroids.
_base_ = './strong-resnet50_b128-60e_soccernet-full_256x128.py'

model = dict(
    head=dict(
        loss_cls=None,
        loss_triplet=None,
        losses=dict(
            _delete_=True,
            identity=dict(
                type='snreid_mm.IdentitySoftmaxLoss', temperature=0.15))))
