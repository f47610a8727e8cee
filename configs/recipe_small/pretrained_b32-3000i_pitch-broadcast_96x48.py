# Weights of another pitch in the place of random ones, the linear layer's too.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

model = dict(
    init_cfg=dict(
        type='Pretrained',
        # What pretraining_b32-3000i_pitch-demo_96x48.py leaves.
        checkpoint='work_dirs/pretraining_b32-3000i_pitch-demo_96x48/'
        'iter_3000.pth'))
