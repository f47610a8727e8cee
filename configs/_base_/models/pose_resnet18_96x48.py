# The pose estimator that a CPU can train, for crops of 96 x 48.
_base_ = './pose_resnet18.py'

pose_estimator = dict(
    head=dict(
        decoder=dict(
            input_size=(48, 96),  # width, height
            heatmap_size=(12, 24),
            sigma=1.5)))
