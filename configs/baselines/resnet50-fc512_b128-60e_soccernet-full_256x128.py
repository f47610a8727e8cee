# The same model on all the training data. The dataset's own sampler gives
# batches of teammates and shows every crop once an epoch.
_base_ = [
    '../_base_/models/resnet50_fc512.py',
    '../_base_/models/strong.py',
    '../_base_/datasets/soccernet_reid.py',
    '../_base_/schedules/adamw_cosine_60e.py',
    '../_base_/default_runtime.py',
]

model = _base_.strong
train_dataloader = dict(batch_size=128)  # 64 identities x 2 images
