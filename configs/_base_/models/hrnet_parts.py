# A part stream: the heatmaps of MMPose's HRNet-W32, one for each of COCO's 17
# keypoints. The pose estimator stays frozen.
_base_ = './hrnet_w32.py'

hrnet_parts = dict(
    type='snreid_mm.MMPosePartExtractor',
    # td-hm_hrnet-w32_8xb64-210e_coco-256x192 of MMPose.
    pose_estimator=dict(
        type='TopdownPoseEstimator',
        data_preprocessor=dict(
            type='PoseDataPreprocessor',
            mean=[123.675, 116.28, 103.53],
            std=[58.395, 57.12, 57.375],
            bgr_to_rgb=True),
        backbone=_base_.hrnet_w32,
        head=dict(
            type='HeatmapHead',
            in_channels=32,
            out_channels=17,
            deconv_out_channels=None,
            loss=dict(type='KeypointMSELoss', use_target_weight=True),
            decoder=dict(
                type='MSRAHeatmap',
                input_size=(192, 256),  # width, height
                heatmap_size=(48, 64),
                sigma=2))),
    # MMPose's published weights. Without them:
    # model.part_extractor.checkpoint=None
    checkpoint='https://download.openmmlab.com/mmpose/v1/'
    'body_2d_keypoint/topdown_heatmap/coco/'
    'td-hm_hrnet-w32_8xb64-210e_coco-256x192-81c58e40_20220909.pth')
