# SportsReID's OSNet: the baselines' network without its last ReLU, under
# other batches and losses.
_base_ = [
    '../_base_/models/sportsreid.py',
    '../_base_/datasets/soccernet_reid_sportsreid.py',
    '../_base_/schedules/adam_40e_sportsreid.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(type='snreid_mm.OSNet', width=1.0),
    # ImageNet weights of the backbone and of the layer, written by
    # tools/model_converters/osnet_to_snreid.py. Without them:
    # model.init_cfg=None
    init_cfg=dict(type='Pretrained', checkpoint='checkpoints/osnet_x1_0.pth'))
