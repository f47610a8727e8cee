# The two-stream model with layer-wise similarity.
_base_ = ['./two_stream.py', './layer_similarity.py']

model = _base_.layer_similarity
