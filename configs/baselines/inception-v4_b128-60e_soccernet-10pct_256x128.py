# Inception-v4 with strong settings.
_base_ = [
    '../_base_/models/inception_v4.py',
    '../_base_/models/strong.py',
    '../_base_/datasets/soccernet_reid_10pct.py',
    '../_base_/schedules/adamw_cosine_60e.py',
    '../_base_/default_runtime.py',
]

model = _base_.strong
train_dataloader = dict(batch_size=128)  # 64 identities x 2 images
# The ImageNet weights were trained on images from -1 to 1.
data_preprocessor = dict(mean=[127.5] * 3, std=[127.5] * 3)
