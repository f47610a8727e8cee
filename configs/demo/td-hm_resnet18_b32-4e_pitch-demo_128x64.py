# The demo's part stream: a pose estimator that a CPU trains in two minutes, on
# the pitch of `make_synthetic.py data/pitch-demo --preset demo`.
_base_ = '../pose/td-hm_resnet18_b32-4e_pitch-bench_128x64.py'

data_root = 'data/pitch-demo'
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))
