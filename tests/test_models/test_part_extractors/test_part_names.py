from mmpose.datasets import CocoDataset

from snreid_mm.models import FixedParts, MMPosePartExtractor
from snreid_mm.models.part_extractors import part_names

ESTIMATOR = dict(
    type='TopdownPoseEstimator',
    backbone=dict(type='ResNet', depth=18),
    head=dict(
        type='HeatmapHead',
        in_channels=512,
        out_channels=17,
        deconv_out_channels=None,
        decoder=dict(
            type='MSRAHeatmap',
            input_size=(32, 64),
            heatmap_size=(1, 2),
            sigma=2.)))


def test_keypoints_of_coco_have_their_names():
    extractor = MMPosePartExtractor(
        pose_estimator=ESTIMATOR, output='both', grid=(2, 1))
    names = part_names(extractor, 17 + 512)
    meta = CocoDataset._load_metainfo()
    assert names[:17] == [
        name.replace('_', ' ') for name in meta['keypoint_id2name'].values()
    ]
    assert names[17] == 'part 18' and len(names) == 529
    extractor.output = 'features'
    assert part_names(extractor, 17)[0] == 'part 1'


def test_others_are_numbered():
    assert part_names(FixedParts(num_parts=2), 2) == ['part 1', 'part 2']
