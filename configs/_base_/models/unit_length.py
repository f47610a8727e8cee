# Persons are compared, in the loss and in the ranking, by embeddings of unit
# length.
unit_length = dict(
    normalize_embedding=True,
    head=dict(loss_triplet=dict(normalize=True, loss_weight=1.0)))
