# A control: the parts are six stripes, the same in every image.
_base_ = './two-stream-compact_b32-3e_pitch-broadcast_96x48.py'

model = dict(
    part_extractor=dict(
        _delete_=True, type='snreid_mm.FixedParts', num_parts=6,
        grid=(6, 3)))
