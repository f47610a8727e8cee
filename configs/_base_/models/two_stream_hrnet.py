# The two-stream model with the heatmaps of MMPose's HRNet-W32 as parts.
_base_ = ['./two_stream_strong_layers.py', './hrnet_parts.py']

model = dict(part_extractor=dict(_delete_=True, **_base_.hrnet_parts))
