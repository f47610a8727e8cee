# 7 % of the last residual branch dropped, less below: MMPretrain counts the
# stage that is left out too.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

model = dict(backbone=dict(drop_path_rate=0.1))
