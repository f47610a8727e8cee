# Two streams: the heatmaps of a frozen pose estimator are pooled bilinearly
# with the appearance, as in the ablation.
_base_ = [
    './no-classifier_b32-3000i_pitch-broadcast_96x48.py',
    '../_base_/models/pose_resnet18_96x48.py',
]

model = dict(
    part_extractor=dict(
        type='snreid_mm.MMPosePartExtractor',
        pose_estimator=_base_.pose_estimator,
        # What configs/pose/td-hm_resnet18_b32-2e_pitch-broadcast_96x48.py
        # leaves.
        checkpoint='work_dirs/td-hm_resnet18_b32-2e_pitch-broadcast_96x48/'
        'epoch_2.pth',
        grid=(6, 3)),
    neck=[
        dict(
            type='snreid_mm.BilinearPooling',
            signed_sqrt=True,
            appearance_proj=dict(out_channels=64),
            normalize=False),
        dict(type='LinearNeck', out_channels=256, norm_cfg=dict(type='BN1d')),
    ])
