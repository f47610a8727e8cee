# A control: a pose estimator that has seen the crops alone that
# re-identification is trained on.
_base_ = './two-stream-compact_b32-3e_pitch-broadcast_96x48.py'

model = dict(
    part_extractor=dict(
        checkpoint='work_dirs/'
        'td-hm_resnet18_b32-10e_pitch-broadcast-20pct_96x48/epoch_10.pth'))
