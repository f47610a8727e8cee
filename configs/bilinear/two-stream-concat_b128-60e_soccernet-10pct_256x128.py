# The ablation's second step: parts, joined by concatenation.
_base_ = './two-stream-compact_b128-60e_soccernet-10pct_256x128.py'

model = dict(
    neck=dict(
        _delete_=True, type='snreid_mm.ConcatFusion', out_channels=512))
