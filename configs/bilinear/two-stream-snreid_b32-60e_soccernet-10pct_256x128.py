# The two-stream model of SoccerNet's sn-reid with its own settings, on the
# first 10 % of the training actions.
_base_ = [
    '../_base_/models/two_stream_snreid.py',
    '../_base_/datasets/soccernet_reid_10pct_snreid.py',
    '../_base_/schedules/adam_60e_snreid.py',
    '../_base_/default_runtime.py',
]
