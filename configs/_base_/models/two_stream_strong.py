# The two-stream model with strong settings: the sketch, its signed roots, and
# one linear layer with batch norm, which gives the embedding its length.
_base_ = ['./two_stream.py', './strong.py']

model = dict(
    neck=[
        dict(
            type='snreid_mm.CompactBilinearPooling',
            out_channels=512,
            signed_sqrt=True,
            appearance_proj=dict(out_channels=128, kernel_size=1),
            normalize=False),
        dict(type='LinearNeck', out_channels=512, norm_cfg=dict(type='BN1d')),
    ],
    **_base_.strong)
