# The Inception-v4 row of the table that sn-reid's two-stream model was
# compared with: its data, its schedule, and its sampler.
_base_ = [
    '../_base_/models/inception_v4.py',
    '../_base_/datasets/soccernet_reid_10pct_snreid.py',
    '../_base_/schedules/adam_60e_snreid.py',
    '../_base_/default_runtime.py',
]
