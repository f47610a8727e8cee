# The strong two-stream model on the synthetic pitch. Its part stream starts
# from the pose estimator of
# configs/pose/td-hm_openpose_b64-60e_pitch-bench_256x128.py.
_base_ = './two-stream-layers_b128-60e_soccernet-full_256x128.py'

data_root = 'data/pitch-bench'
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))

model = dict(
    part_extractor=dict(
        init_cfg=dict(
            checkpoint='work_dirs/td-hm_openpose_b64-60e_pitch-bench_256x128/'
            'epoch_60.pth',
            prefix='backbone.')))
