# The triplet loss alone.
_base_ = './players_b32-3000i_pitch-broadcast_128x64.py'

model = dict(head=dict(loss_cls=None))
