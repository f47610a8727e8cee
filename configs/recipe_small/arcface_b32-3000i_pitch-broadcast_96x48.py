# ArcFace, a classifier over the identities of the training set, in the place
# of the softmax over those of the batch.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

model = dict(
    head=dict(
        _delete_=True,
        type='ArcFaceClsHead',
        # Those of the pitch's train split; none but ReIDHead is told.
        num_classes=15470,
        in_channels=256,
        scale=30.0,
        margins=0.3))
