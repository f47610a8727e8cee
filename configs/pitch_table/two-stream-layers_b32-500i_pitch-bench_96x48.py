# The original's two-stream model, batches and schedule, with what its training
# did not have: a cross-entropy beside a triplet loss of half the weight,
# layer-wise similarity, and hashes drawn from the model's own seed.
_base_ = [
    '../_base_/models/two_stream_layers.py',
    '../_base_/datasets/pitch_96x48_snreid.py',
    '../_base_/schedules/adam_500i_snreid.py',
    '../_base_/cpu_runtime.py',
]

model = dict(
    input_size=(96, 48),
    backbone=dict(init_cfg=None),
    part_extractor=dict(
        # The pose weights see an image about 60 times too faint.
        input_scaling='snreid',
        # What configs/pose/td-hm_openpose_b32-1e_pitch-bench_96x48.py leaves.
        init_cfg=dict(
            checkpoint='work_dirs/td-hm_openpose_b32-1e_pitch-bench_96x48/'
            'epoch_1.pth',
            prefix='backbone.')),
    neck=dict(appearance_proj=dict(kernel_size=7)))
