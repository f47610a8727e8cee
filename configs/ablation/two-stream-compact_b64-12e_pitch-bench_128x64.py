# The fourth step, and what the others change: compact bilinear pooling.
_base_ = [
    '../_base_/models/two_stream_resnet18.py',
    '../_base_/datasets/pitch_128x64.py',
    '../_base_/schedules/adamw_cosine_small.py',
    '../_base_/default_runtime.py',
]
