# The two-stream model with strong settings and layer-wise similarity.
_base_ = ['./two_stream_strong.py', './layer_similarity.py']

model = _base_.layer_similarity
