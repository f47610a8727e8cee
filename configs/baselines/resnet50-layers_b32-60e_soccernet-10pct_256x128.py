# ResNet50-fc512 with layer-wise similarity, the experiment of sn-reid's
# Table 3; resnet50-fc512_b32-60e_soccernet-10pct_256x128.py is its baseline.
#
# Known: hidden stages, pooled, one fully connected layer and one triplet
# loss each, of equal weights, beside a cross-entropy. Which stages are tapped
# and how long the layers are is not published. Chosen here: the three stages
# before the last, 512 numbers each, the weight that the embedding's losses
# have, the triplet loss on the embedding that the baseline has, and batch norm and unit
# length, without which taps collapse (docs/user_guides/ablation.md).
_base_ = './resnet50-fc512_b32-60e_soccernet-10pct_256x128.py'

model = dict(
    backbone=dict(out_indices=(0, 1, 2, 3)),  # counted from 0
    taps=dict(  # of the four outputs
        indices=(0, 1, 2),
        channels=512,
        out_norm_cfg=dict(type='BN1d', affine=False)),
    head=dict(
        type='snreid_mm.LayerSimilarityHead',
        loss_tap=dict(
            type='snreid_mm.BatchHardTripletLoss',
            margin=0.3,
            normalize=True,
            loss_weight=0.5)))
