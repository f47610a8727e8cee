# The part stream of the two-stream model, OpenPose's network, with a head
# that makes of its 16 x 8 positions the heatmaps of COCO's 17 keypoints.
# Ours, but looked up in MMPose's registry, where this puts it.
custom_imports = dict(imports=['snreid_mm.models'])
pose_estimator = dict(
    type='mmpose.TopdownPoseEstimator',
    _scope_='mmpose',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True),
    backbone=dict(type='OpenPoseParts'),
    head=dict(
        type='HeatmapHead',
        in_channels=128,
        out_channels=17,
        deconv_out_channels=(128, 128),
        deconv_kernel_sizes=(4, 4),
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=dict(
            type='MSRAHeatmap',
            input_size=(128, 256),  # width, height
            heatmap_size=(32, 64),
            sigma=2)),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True))
