# Inception-v4 with today's settings.
_base_ = [
    '../_base_/models/inception_v4.py',
    '../_base_/models/unit_length.py',
    '../_base_/datasets/pitch_96x48.py',
    '../_base_/schedules/adamw_cosine_500i.py',
    '../_base_/cpu_runtime.py',
]

# Without padding its convolutions need 75 pixels on each side. The file has
# the size of its table in its name.
_base_.train_pipeline[1].scale = (80, 80)
_base_.test_pipeline[1].scale = (80, 80)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
model = dict(
    input_size=(80, 80),
    backbone=dict(pretrained=False),
    **_base_.unit_length)
