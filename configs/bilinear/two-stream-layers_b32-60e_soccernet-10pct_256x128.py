# The original's networks, batches and schedule, with two things that its
# training did not have: a cross-entropy and layer-wise similarity.
_base_ = [
    '../_base_/models/two_stream_layers.py',
    '../_base_/datasets/soccernet_reid_10pct_snreid.py',
    '../_base_/schedules/adam_60e_snreid.py',
    '../_base_/default_runtime.py',
]

model = dict(
    # The pose weights see an image about 60 times too faint.
    part_extractor=dict(input_scaling='snreid'),
    neck=dict(hashes='snreid', appearance_proj=dict(kernel_size=7)))
