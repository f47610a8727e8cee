# Where the recipe begins: the settings of SoccerNet's sn-reid for
# ResNet50-fc512, at half the size and from random weights. All rows see 3,000
# batches of 32 images.
_base_ = [
    '../_base_/models/resnet50_fc512.py',
    '../_base_/datasets/pitch_128x64.py',
    '../_base_/default_runtime.py',
]

data_root = 'data/pitch-broadcast'
image_size = (64, 128)  # width, height

model = dict(input_size=(128, 64), backbone=dict(init_cfg=None))

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=image_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
train_dataloader = dict(
    batch_size=32,  # 8 identities x 4 images
    sampler=dict(num_instances=4, scope='all', singletons='repeat'),
    dataset=dict(data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))

# The rate is for weights that start at random; theirs is 1e-5 from ImageNet's.
optim_wrapper = dict(optimizer=dict(type='Adam', lr=3e-4, weight_decay=5e-4))
param_scheduler = dict(
    type='StepLR', by_epoch=False, step_size=1000, gamma=0.1)  # a third

train_cfg = dict(by_epoch=False, max_iters=3000, val_interval=3000)
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(
    logger=dict(interval=100),
    checkpoint=dict(by_epoch=False, interval=3000, save_best=None))
custom_hooks = [dict(type='snreid_mm.ChannelsLastHook')]
log_processor = dict(by_epoch=False)
