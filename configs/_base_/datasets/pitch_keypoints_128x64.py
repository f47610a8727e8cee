# The pitch's keypoints at half the size, for a CPU.
_base_ = './pitch_keypoints.py'

input_size = (64, 128)  # width, height

codec = dict(
    type='mmpose.MSRAHeatmap',
    input_size=input_size,
    heatmap_size=(16, 32),
    sigma=2)

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
loader = dict(num_workers=2, pin_memory=False)
train_dataloader = dict(
    batch_size=32, dataset=dict(pipeline=train_pipeline), **loader)
val_dataloader = dict(dataset=dict(pipeline=test_pipeline), **loader)
test_dataloader = dict(dataset=dict(pipeline=test_pipeline), **loader)
