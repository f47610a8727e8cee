# What the training of a pose estimator has other than the default runtime.
# MMPose's types need their prefix, as ours do.
_base_ = './default_runtime.py'

default_hooks = dict(
    checkpoint=dict(save_best='PCK'),
    pose_check=dict(type='snreid_mm.PoseCheckHook'))
visualizer = dict(type='mmpose.PoseLocalVisualizer')
