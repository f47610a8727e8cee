# A control: the parts are the pose estimator's mean heatmaps over the training
# images, the same in every image.
_base_ = './two-stream-compact_b32-3e_pitch-broadcast_96x48.py'

model = dict(
    part_extractor=dict(
        _delete_=True,
        type='snreid_mm.FixedParts',
        num_parts=17,
        grid=(6, 3),
        # Written by tools/analysis_tools/mean_parts.py.
        init_cfg=dict(
            type='Pretrained',
            checkpoint='work_dirs/td-hm_resnet18_b32-2e_pitch-broadcast_96x48/'
            'mean_parts.pth')))
