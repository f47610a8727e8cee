# COCO's 17 keypoints on the crops of the synthetic pitch, for MMPose's
# top-down estimators: train on train, validate on valid, test on test.
#
# A crop is resized whole, as re-identification does, so that the part stream
# sees what its estimator was trained on.

dataset_type = 'mmpose.CocoDataset'
data_root = 'data/pitch-bench'
input_size = (128, 256)  # width, height

codec = dict(
    type='mmpose.MSRAHeatmap',
    input_size=input_size,
    heatmap_size=(32, 64),
    sigma=2)

train_pipeline = [
    dict(type='mmpose.LoadImage'),
    dict(type='mmpose.RandomFlip', direction='horizontal'),
    dict(type='snreid_mm.ResizeCropWithKeypoints', input_size=input_size),
    dict(type='mmpose.PhotometricDistortion'),
    dict(type='mmpose.GenerateTarget', encoder=codec),
    dict(type='mmpose.PackPoseInputs'),
]
test_pipeline = [
    dict(type='mmpose.LoadImage'),
    dict(type='snreid_mm.ResizeCropWithKeypoints', input_size=input_size),
    dict(type='mmpose.PackPoseInputs'),
]

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='keypoints/train.json',
        data_prefix=dict(img=''),
        pipeline=train_pipeline))

val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='keypoints/valid.json',
        data_prefix=dict(img=''),
        test_mode=True,
        pipeline=test_pipeline))
# AP over OKS as COCO has it, and the share of keypoints that are nearer to
# the truth than 5 % of the crop's longer side.
val_evaluator = [
    dict(type='mmpose.CocoMetric'),
    dict(type='mmpose.PCKAccuracy', thr=0.05),
]

test_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='keypoints/test.json',
        data_prefix=dict(img=''),
        test_mode=True,
        pipeline=test_pipeline))
test_evaluator = val_evaluator
