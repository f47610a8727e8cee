# The demo's part stream: a pose estimator that a CPU trains in a minute or
# two, on the pitch of `make_synthetic.py data/pitch-demo --preset demo`.
_base_ = '../pose/td-hm_resnet18_b32-4e_pitch-bench_128x64.py'

data_root = 'data/pitch-demo'
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))

max_epochs = 6
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
