# + no classifier over the identities of the training set.
_base_ = './identity-softmax_b32-3000i_pitch-broadcast_96x48.py'

model = dict(head=dict(loss_cls=None))
