# The two-stream model's own part stream, in small, for configs/pitch_table.
_base_ = [
    '../_base_/models/pose_openpose.py',
    '../_base_/datasets/pitch_keypoints_96x48.py',
    '../_base_/schedules/adamw_cosine_small.py',
    '../_base_/pose_runtime.py',
]

model = _base_.pose_estimator
model.head.decoder = dict(_base_.codec, type='MSRAHeatmap')
# MMPose's accuracy during training cannot read bfloat16.
model.train_cfg = dict(compute_acc=False)

optim_wrapper = dict(
    type='snreid_mm.Bfloat16OptimWrapper', optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.1,
        by_epoch=True,
        begin=0,
        end=0.1,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        begin=0,  # the warm-up is a factor of it
        convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=1, val_interval=1)
# The batch that the learning rate is for.
auto_scale_lr = dict(base_batch_size=32)
custom_hooks = [dict(type='snreid_mm.ChannelsLastHook')]
