# CLIP-ReIdent, which was published on basketball (MMSports 2022), on soccer:
# CLIP's ViT-L/14 without its projection, and a softmax over pairs.
_base_ = [
    '../_base_/datasets/soccernet_reid_clip_reident.py',
    '../_base_/schedules/adamw_poly_4e_clip_reident.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='snreid_mm.PlayerReID',
    backbone=dict(
        type='VisionTransformer',
        arch='large',
        img_size=224,
        patch_size=14,
        pre_norm=True,
        norm_cfg=dict(type='LN', eps=1e-5),
        layer_cfgs=dict(act_cfg=dict(type='mmpretrain.QuickGELU')),
        # OpenAI's weights. Without them: model.backbone.init_cfg=None
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmclassification/v0/'
            'clip/vit-large-p14_clip-openai-pre_3rdparty_20230517-'
            '95e2af0b.pth',
            prefix='backbone.')),
    head=dict(
        type='snreid_mm.ReIDHead',
        loss_cls=None,
        loss_triplet=None,
        losses=dict(pairs=dict(type='snreid_mm.InfoNCELoss'))),
    normalize_embedding=True)

test_evaluator = dict(
    matching=dict(type='k_reciprocal', k1=20, k2=6, distance_weight=0.3))
