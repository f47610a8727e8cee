# Two streams above: the sketch of their bilinear product, its signed roots,
# then what stands on one stream.
_base_ = ['./bn_neck.py', './hrnet_parts.py']

model = dict(
    part_extractor=_base_.hrnet_parts,
    neck=[
        dict(
            type='snreid_mm.CompactBilinearPooling',
            out_channels=512,
            signed_sqrt=True,
            appearance_proj=dict(out_channels=128, kernel_size=1),
            normalize=False),
        dict(type='snreid_mm.BNNeck', out_channels=512),
    ])
