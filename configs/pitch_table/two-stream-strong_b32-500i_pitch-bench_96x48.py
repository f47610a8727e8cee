# The two-stream model with strong settings.
_base_ = [
    '../_base_/models/two_stream_layers.py',
    '../_base_/models/unit_length.py',
    '../_base_/datasets/pitch_96x48.py',
    '../_base_/schedules/adamw_cosine_500i.py',
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
            prefix='backbone.')),
    # As in configs/ablation: the losses see batch-normalized numbers, the
    # ranking their direction.
    neck=[
        dict(
            type='snreid_mm.CompactBilinearPooling',
            out_channels=512,
            signed_sqrt=True,
            appearance_proj=dict(out_channels=128, kernel_size=1),
            normalize=False),
        dict(type='LinearNeck', out_channels=512, norm_cfg=dict(type='BN1d')),
    ],
    **_base_.unit_length)
