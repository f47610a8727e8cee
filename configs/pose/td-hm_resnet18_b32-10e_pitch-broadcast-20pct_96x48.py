# The same on the crops of the first 20 % of the training actions alone, those
# that configs/ablation trains re-identification on, for as many steps.
_base_ = './td-hm_resnet18_b32-2e_pitch-broadcast_96x48.py'

# Crops lie in the order of their actions; so many of the first 179 actions
# have joints in view.
train_dataloader = dict(dataset=dict(indices=4784))

train_cfg = dict(max_epochs=10, val_interval=10)
