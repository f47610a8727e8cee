# ResNet50-fc512 with layer-wise similarity, the experiment of sn-reid's
# Table 3; resnet50-fc512_b32-60e_soccernet-10pct_256x128.py is its baseline.
#
# Known: three taps, one fully connected layer and one triplet loss each,
# equal weights, beside a cross-entropy. Which stages are tapped and how long
# the layers are is not published. Chosen here: the three hidden stages before
# the last, 512 numbers each, and the weight that the embedding's losses have.
_base_ = './resnet50-fc512_b32-60e_soccernet-10pct_256x128.py'

model = dict(
    backbone=dict(out_indices=(0, 1, 2, 3)),  # counted from 0
    taps=dict(indices=(0, 1, 2), channels=512),  # of the four outputs
    head=dict(
        type='snreid_mm.LayerSimilarityHead',
        loss_tap=dict(
            type='snreid_mm.BatchHardTripletLoss', margin=0.3,
            loss_weight=0.5)))
