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
    backbone=dict(out_indices=(1, 2)),  # counted from 0
    part_extractor=dict(
        checkpoint='work_dirs/td-hm_resnet18_b32-4e_pitch-demo_128x64/'
        'epoch_4.pth'),
    taps=dict(  # of the two outputs
        indices=(0, ),
        channels=256,
        # Without it the loss would draw all crops to one point.
        out_norm_cfg=dict(type='BN1d', affine=False)),
    head=dict(
        type='snreid_mm.LayerSimilarityHead',
        loss_tap=dict(
            type='snreid_mm.BatchHardTripletLoss',
            margin=0.3,
            normalize=True,
            loss_weight=0.5)))

train_cfg = dict(max_epochs=9, val_interval=3)
