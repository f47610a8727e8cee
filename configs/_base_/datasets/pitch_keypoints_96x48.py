# The pitch's keypoints at three eighths of the size, for a CPU.
_base_ = './pitch_keypoints_128x64.py'

input_size = (48, 96)  # width, height

codec = dict(
    type='mmpose.MSRAHeatmap',
    input_size=input_size,
    heatmap_size=(12, 24),
    sigma=1.5)

train_pipeline = [
    dict(type='mmpose.LoadImage'),
    dict(type='mmpose.RandomFlip', direction='horizontal'),
    dict(type='snreid_mm.ResizeCropWithKeypoints', input_size=input_size),
    dict(type='mmpose.GenerateTarget', encoder=codec),
    dict(type='mmpose.PackPoseInputs'),
]
test_pipeline = [
    dict(type='mmpose.LoadImage'),
    dict(type='snreid_mm.ResizeCropWithKeypoints', input_size=input_size),
    dict(type='mmpose.PackPoseInputs'),
]
loader = dict(num_workers=1)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loader)
val_dataloader = dict(dataset=dict(pipeline=test_pipeline), **loader)
test_dataloader = dict(dataset=dict(pipeline=test_pipeline), **loader)
