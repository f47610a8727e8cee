# The two-stream model's own part stream, in small, for configs/pitch_table.
_base_ = [
    '../_base_/models/pose_openpose.py',
    '../_base_/datasets/pitch_keypoints_96x48.py',
    '../_base_/schedules/adamw_cosine_1e.py',
    '../_base_/pose_runtime.py',
]

model = _base_.pose_estimator
model.head.decoder.input_size = (48, 96)
model.head.decoder.heatmap_size = (12, 24)
model.head.decoder.sigma = 1.5
# MMPose's accuracy during training cannot read bfloat16.
model.train_cfg = dict(compute_acc=False)

optim_wrapper = dict(type='snreid_mm.Bfloat16OptimWrapper')
custom_hooks = [dict(type='snreid_mm.ChannelsLastHook')]
