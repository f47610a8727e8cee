# The two-stream model in small, for crops of 128 x 64: the first three stages
# of a ResNet-18 of half the width see the appearance, and the heatmaps of a
# frozen pose estimator are the parts, both on a grid of 8 x 4. It starts from
# what a CPU can train.
_base_ = [
    './resnet50_fc512.py', './pose_resnet18.py', './strong.py',
    './second_stage_similarity.py'
]

model = dict(
    input_size=(128, 64),
    backbone=dict(
        depth=18,
        stem_channels=32,
        base_channels=32,
        num_stages=3,
        out_indices=(2, ),
        strides=(1, 2, 2),
        dilations=(1, 1, 1),
        init_cfg=None),
    part_extractor=dict(
        type='snreid_mm.MMPosePartExtractor',
        pose_estimator=_base_.pose_estimator,
        # What configs/pose/td-hm_resnet18_b32-4e_pitch-bench_128x64.py leaves.
        checkpoint='work_dirs/td-hm_resnet18_b32-4e_pitch-bench_128x64/'
        'epoch_4.pth',
        grid=(8, 4)),
    neck=[  # as in two_stream_strong.py, with a narrower projection
        dict(
            type='snreid_mm.CompactBilinearPooling',
            out_channels=512,
            signed_sqrt=True,
            appearance_proj=dict(out_channels=64),
            normalize=False),
        dict(type='LinearNeck', out_channels=256, norm_cfg=dict(type='BN1d')),
    ],
    **_base_.strong)
