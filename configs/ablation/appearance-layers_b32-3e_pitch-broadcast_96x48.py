# Beside the ladder: layer-wise similarity on a plain ResNet, as the original
# measured it, on the second stage.
_base_ = './appearance-only_b32-3e_pitch-broadcast_96x48.py'

model = _base_.second_stage_similarity
