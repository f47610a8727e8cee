import json
import os.path as osp

import numpy as np
import pytest

from snreid_mm.pitch.pose import COCO_KEYPOINTS


@pytest.mark.parametrize('split', ['train', 'valid', 'test'])
def test_annotations_fit_their_images(tiny_pitch, split):
    with open(osp.join(tiny_pitch, 'keypoints', f'{split}.json')) as file:
        coco = json.load(file)
    images = {i['id']: i for i in coco['images']}
    assert len(images) == len(coco['annotations']) > 20
    assert coco['categories'][0]['keypoints'] == list(COCO_KEYPOINTS)
    values = []
    for annotation in coco['annotations']:
        image = images[annotation['image_id']]
        assert osp.isfile(osp.join(tiny_pitch, image['file_name']))
        points = np.reshape(annotation['keypoints'], (17, 3))
        assert annotation['num_keypoints'] == (points[:, 2] > 0).sum()
        inside = points[points[:, 2] > 0]
        assert (inside[:, 0] <= image['width']).all()
        assert (inside[:, 1] <= image['height']).all()
        values.append(points[:, 2])
    shares = [np.mean(np.concatenate(values) == v) for v in (0, 1, 2)]
    assert all(share > 0.02 for share in shares) and shares[2] > 0.4


def test_left_and_right_are_the_wearers(tiny_pitch):
    """Whoever shows the nose to the camera has the left shoulder on the
    image's right."""
    with open(osp.join(tiny_pitch, 'keypoints', 'train.json')) as file:
        coco = json.load(file)
    order = []
    for annotation in coco['annotations']:
        p = np.reshape(annotation['keypoints'], (17, 3))
        if (p[[0, 1, 2, 5, 6], 2] == 2).all() and p[5, 1] > p[0, 1] + 2:
            order.append(p[5, 0] > p[6, 0])
    assert len(order) >= 5 and np.mean(order) > 0.85


def test_mmpose_reads_them(tiny_pitch):
    pytest.importorskip('mmpose')
    from mmpose.datasets import CocoDataset
    dataset = CocoDataset(
        ann_file='keypoints/train.json',
        data_root=str(tiny_pitch),
        data_prefix=dict(img=''),
        pipeline=[])
    sample = dataset[0]
    assert sample['keypoints'].shape == (1, 17, 2)
    assert osp.isfile(sample['img_path'])
    assert dataset.metainfo['keypoint_id2name'][5] == COCO_KEYPOINTS[5]
