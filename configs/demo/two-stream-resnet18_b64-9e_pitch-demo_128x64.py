# The two-stream model in small. Its part stream starts from the pose estimator
# that td-hm_resnet18_b32-4e_pitch-demo_128x64.py trains.
_base_ = '../ablation/two-stream-layers_b64-12e_pitch-bench_128x64.py'

data_root = 'data/pitch-demo'
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))

model = dict(
    part_extractor=dict(
        checkpoint='work_dirs/td-hm_resnet18_b32-4e_pitch-demo_128x64/'
        'epoch_4.pth'))

max_epochs = 9
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.1,
        by_epoch=True,
        begin=0,
        end=1,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        begin=1,
        end=max_epochs,
        T_max=max_epochs - 1,
        convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs, val_interval=3)
