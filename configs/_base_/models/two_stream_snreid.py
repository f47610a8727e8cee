# The two-stream model of SoccerNet's sn-reid as its authors trained it: one
# batch-hard triplet loss on an embedding of unit length, and nothing else. No
# classifier, so no number of classes.
_base_ = './two_stream.py'

model = dict(
    # The pose weights see an image about 60 times too faint.
    part_extractor=dict(input_scaling='snreid'),
    neck=dict(hashes='snreid', appearance_proj=dict(kernel_size=7)),
    head=dict(loss_cls=None, loss_triplet=dict(loss_weight=1.0)))
