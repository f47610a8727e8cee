# The fifth step: layer-wise similarity, on the second stage.
_base_ = './two-stream-compact_b32-3e_pitch-broadcast_96x48.py'

model = _base_.second_stage_similarity
