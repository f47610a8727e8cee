# The weights that `pretrained` starts from: the last step's training on
# another pitch, with other cameras, players and kits.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

data_root = 'data/pitch-demo'
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))
