# The ablation's third step: the full bilinear pooling, 16,384 numbers long.
_base_ = './two-stream-compact_b128-60e_soccernet-10pct_256x128.py'

model = dict(
    neck=dict(
        _delete_=True,
        type='snreid_mm.BilinearPooling',
        appearance_proj=dict(out_channels=128, kernel_size=1)))
