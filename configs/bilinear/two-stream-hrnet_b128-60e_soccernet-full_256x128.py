# The strong two-stream model with HRNet's heatmaps as parts, on all the
# training data.
_base_ = [
    '../_base_/models/two_stream_hrnet.py',
    '../_base_/datasets/soccernet_reid.py',
    '../_base_/schedules/adamw_cosine_60e.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=128)  # 64 identities x 2 images
