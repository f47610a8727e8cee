# A control: the appearance stream alone, starting from the pose estimator's
# own backbone, which has the same three stages.
_base_ = './appearance-only_b32-3e_pitch-broadcast_96x48.py'

model = dict(
    backbone=dict(
        init_cfg=dict(
            _delete_=True,
            type='Pretrained',
            checkpoint='work_dirs/td-hm_resnet18_b32-2e_pitch-broadcast_96x48/'
            'epoch_2.pth',
            prefix='backbone.')))
