# The 2022 challenge entry of the team MIG: a ViT-S that learns from nothing
# but a softmax over the 8 players of a batch.
_base_ = [
    '../_base_/datasets/soccernet_reid_mig.py',
    '../_base_/schedules/sgd_cosine_120e_mig.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='snreid_mm.PlayerReID',
    backbone=dict(
        type='VisionTransformer',
        arch='deit-small',
        img_size=(256, 128),
        drop_path_rate=0.1,
        # ImageNet weights in place of MIG's, which were trained on pedestrians
        # (README.md). Without them: model.backbone.init_cfg=None
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmclassification/v0/'
            'deit/deit-small_pt-4xb256_in1k_20220218-9425b9bb.pth',
            prefix='backbone.')),
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='snreid_mm.BNNeck', out_channels=None),
    ],
    head=dict(
        type='snreid_mm.ReIDHead',
        loss_cls=None,
        loss_triplet=None,
        losses=dict(
            identity=dict(
                type='snreid_mm.IdentitySoftmaxLoss', temperature=0.15))),
    normalize_embedding=True,
    flip_test=True)
