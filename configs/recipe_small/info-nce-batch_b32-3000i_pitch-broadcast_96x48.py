# InfoNCE over the pairs of the batch in the place of the softmax over
# identities.
_base_ = './info-nce_b32-3000i_pitch-broadcast_96x48.py'

model = dict(head=dict(losses=dict(pairs=dict(within='batch'))))
