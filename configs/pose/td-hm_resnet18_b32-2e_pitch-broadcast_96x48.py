# The small estimator on the preset `broadcast`, for configs/ablation.
_base_ = [
    '../_base_/models/pose_resnet18.py',
    '../_base_/datasets/pitch_keypoints_96x48.py',
    '../_base_/schedules/adamw_cosine_small.py',
    '../_base_/pose_runtime.py',
]

data_root = 'data/pitch-broadcast'
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))

model = _base_.pose_estimator
model.head.decoder = dict(_base_.codec, type='MSRAHeatmap')

train_cfg = dict(max_epochs=2, val_interval=2)
# The batch that the learning rate is for.
auto_scale_lr = dict(base_batch_size=32)
custom_hooks = [dict(type='snreid_mm.ChannelsLastHook')]
