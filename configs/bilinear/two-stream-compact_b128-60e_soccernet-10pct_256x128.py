# The ablation's fourth step, and what the others change: compact bilinear
# pooling. The sampler is the data set's own: teammates, two images of each.
_base_ = [
    '../_base_/models/two_stream_strong.py',
    '../_base_/datasets/soccernet_reid_10pct.py',
    '../_base_/schedules/adamw_cosine_60e.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=128)  # 64 identities x 2 images
