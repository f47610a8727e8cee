# Crops of your own, in data/crops: train on train, validate on valid, test on
# test. A split is a CSV file or a folder with a folder for each person:
# docs/user_guides/own_data.md.
_base_ = './pitch_128x64.py'

data_root = 'data/crops'
dataset = dict(type='snreid_mm.CustomReID', data_root=data_root)
train_dataloader = dict(dataset=dataset)
val_dataloader = dict(dataset=dataset)
test_dataloader = dict(dataset=dataset)
