# The pitch's keypoints at three eighths of the size, for a CPU.
_base_ = './pitch_keypoints_128x64.py'

input_size = (48, 96)  # width, height

codec = dict(input_size=input_size, heatmap_size=(12, 24), sigma=1.5)

train_pipeline = _base_.train_pipeline
train_pipeline[2].input_size = input_size
train_pipeline[3].encoder.update(codec)
test_pipeline = _base_.test_pipeline
test_pipeline[1].input_size = input_size
loader = dict(num_workers=1)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loader)
val_dataloader = dict(dataset=dict(pipeline=test_pipeline), **loader)
test_dataloader = dict(dataset=dict(pipeline=test_pipeline), **loader)
