# The triplet loss alone.
_base_ = './players_b32-460i_pitch-broadcast_96x48.py'

model = dict(head=dict(loss_cls=None))
