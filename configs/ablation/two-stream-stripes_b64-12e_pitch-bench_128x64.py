# A control: the parts are eight stripes, the same in every image.
_base_ = './two-stream-compact_b64-12e_pitch-bench_128x64.py'

model = dict(
    part_extractor=dict(
        _delete_=True, type='snreid_mm.FixedParts', num_parts=8,
        grid=(8, 4)))
