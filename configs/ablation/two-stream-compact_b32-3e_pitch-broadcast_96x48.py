# The fourth step, and what the others change: compact bilinear pooling. The
# small two-stream model, on crops of 96 x 48 and a grid of 6 x 3.
_base_ = [
    '../_base_/models/two_stream_resnet18.py',
    '../_base_/datasets/pitch_broadcast_96x48.py',
    '../_base_/schedules/adamw_cosine_small.py',
    '../_base_/default_runtime.py',
]

model = dict(
    input_size=(96, 48),
    part_extractor=dict(
        pose_estimator=dict(
            head=dict(
                decoder=dict(
                    input_size=(48, 96), heatmap_size=(12, 24), sigma=1.5))),
        # What configs/pose/td-hm_resnet18_b32-2e_pitch-broadcast_96x48.py
        # leaves.
        checkpoint='work_dirs/td-hm_resnet18_b32-2e_pitch-broadcast_96x48/'
        'epoch_2.pth',
        grid=(6, 3)))

train_dataloader = dict(batch_size=32)  # 16 identities x 2 images
train_cfg = dict(max_epochs=3, val_interval=3)
custom_hooks = [dict(type='snreid_mm.ChannelsLastHook')]
