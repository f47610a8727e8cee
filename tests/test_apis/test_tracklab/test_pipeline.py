"""The module in a pipeline of TrackLab itself, where it is installed:
``pip install tracklab "numpy<2" "pandas<3" "transformers<4.52"``."""

from importlib import metadata

import cv2
import numpy as np
import pytest

from snreid_mm.apis import PlayerReIDInferencer
from snreid_mm.apis.tracklab import config_package

pytest.importorskip('tracklab')


@pytest.fixture(scope='module')
def frames(tmp_path_factory, pictures):
    """Two frames in which two people have moved by some pixels."""
    folder = tmp_path_factory.mktemp('frames')
    rng = np.random.default_rng(0)
    boxes = []
    for i in range(2):
        frame = np.full((240, 320, 3), (60, 140, 70), np.uint8)
        frame += rng.integers(0, 9, frame.shape, np.uint8)
        for image, (left, top) in zip(pictures, ((40, 30), (200, 100))):
            left += 2 * i
            height, width = image.shape[:2]
            frame[top:top + height, left:left + width] = image
            boxes.append([left, top, width, height])
        assert cv2.imwrite(str(folder / f'{i}.png'), frame)
    return folder, boxes


@pytest.fixture(scope='module')
def modules(tiny_model):
    """Those that TrackLab's config names, as its main function builds
    them."""
    from hydra import compose, initialize_config_module
    from hydra.utils import instantiate
    overrides = [
        'modules/reid=snreid_mm', 'modules/track=oc_sort',
        'model_dir=/models', 'pipeline=[reid,track]'
    ]
    if 'snreid_mm' not in {
            each.name
            for each in metadata.entry_points(group='tracklab_plugin')
    }:  # an install that is older than the entry point
        overrides.append(f'hydra.searchpath=[{config_package}]')
    with initialize_config_module('tracklab.configs', version_base=None):
        config = compose('config', overrides)
    assert config.modules.reid.model == '/models/reid/snreid_mm'
    config.modules.reid.model = str(tiny_model.config)
    config.modules.reid.checkpoint = str(tiny_model.checkpoint)
    return [
        instantiate(config.modules[name], device='cpu', tracking_dataset=None)
        for name in config.pipeline
    ]


@pytest.mark.parametrize('workers', [0, 2])
def test_a_video_of_two_frames(modules, frames, tiny_model, pictures,
                               workers):
    import pandas as pd
    from tracklab.datastruct import TrackerState, TrackingSet
    from tracklab.engine import OfflineTrackingEngine
    from tracklab.pipeline import Pipeline
    folder, boxes = frames
    images = pd.DataFrame(
        dict(
            id=[0, 1],
            frame=[0, 1],
            video_id=[0, 0],
            nframes=[2, 2],
            file_path=[str(folder / f'{i}.png') for i in range(2)]))
    detections = pd.DataFrame(
        dict(
            bbox_ltwh=[np.array(box, float) for box in boxes],
            bbox_conf=.9,
            category_id=1,
            image_id=[0, 0, 1, 1],
            video_id=0))
    videos = pd.DataFrame(dict(id=[0], name=['two-frames']))
    pipeline = Pipeline(models=modules)
    state = TrackerState(
        TrackingSet(videos, images, detections, images),
        pipeline=pipeline,
        load_from_groundtruth=True)
    engine = OfflineTrackingEngine(
        modules=pipeline, tracker_state=state, num_workers=workers)
    engine.track_dataset()
    found = state.detections_pred
    wanted = PlayerReIDInferencer(
        tiny_model.config, tiny_model.checkpoint,
        progress=False).extract(pictures[:2]).values
    assert len(found) == 4
    for embedding, visible, person in zip(found.embeddings,
                                          found.visibility_scores,
                                          (0, 1, 0, 1)):
        assert embedding.dtype == visible.dtype == np.float32
        np.testing.assert_allclose(
            embedding, wanted[person:person + 1], atol=1e-5)
        assert visible.tolist() == [1.]
    # What trackers do with these columns.
    assert np.stack(found.embeddings).shape == (4, 1, wanted.shape[1])
    first, second = found.track_id[:2], found.track_id[2:]
    assert first.tolist() == second.tolist() and first.nunique() == 2


def test_the_module_beside_another(tiny_model):
    """Another re-identification module may stay, for the roles it gives."""
    from hydra import compose, initialize_config_module
    with initialize_config_module('tracklab.configs', version_base=None):
        config = compose('config', [
            f'hydra.searchpath=[{config_package}]',
            '+modules/reid@modules.appearance=snreid_mm', 'model_dir=/models',
            'pipeline=[reid,appearance,track]'
        ])
    assert config.modules.appearance._target_.startswith('snreid_mm.')
    assert not config.modules.reid._target_.startswith('snreid_mm.')
