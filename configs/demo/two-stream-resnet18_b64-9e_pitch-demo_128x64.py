# The two-stream model in small. Its part stream starts from the pose estimator
# that td-hm_resnet18_b32-4e_pitch-demo_128x64.py trains.
_base_ = [
    '../_base_/models/two_stream_resnet18.py',
    '../_base_/datasets/pitch_128x64.py',
    '../_base_/schedules/adamw_cosine_small.py',
    '../_base_/default_runtime.py',
]

data_root = 'data/pitch-demo'
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))

model = dict(
    part_extractor=dict(
        checkpoint='work_dirs/td-hm_resnet18_b32-4e_pitch-demo_128x64/'
        'epoch_4.pth'),
    **_base_.second_stage_similarity)

train_cfg = dict(max_epochs=9, val_interval=3)
