# The two-stream model with the original's settings.
_base_ = [
    '../_base_/models/two_stream_snreid.py',
    '../_base_/datasets/pitch_96x48_snreid.py',
    '../_base_/schedules/adam_500i_snreid.py',
    '../_base_/cpu_runtime.py',
]

model = dict(
    input_size=(96, 48),
    backbone=dict(init_cfg=None),
    part_extractor=dict(
        # What configs/pose/td-hm_openpose_b32-1e_pitch-bench_96x48.py leaves.
        init_cfg=dict(
            checkpoint='work_dirs/td-hm_openpose_b32-1e_pitch-bench_96x48/'
            'epoch_1.pth',
            prefix='backbone.')))
