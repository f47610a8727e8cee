"""The module by itself, on the base class of TrackLab where it is installed,
else on one of the same interface (TrackLab 1.3.24)."""

import importlib
import importlib.util
import sys
from configparser import ConfigParser
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from snreid_mm.apis import PlayerReIDInferencer
from snreid_mm.apis.tracklab import player_reid_module

ROOT = Path(__file__).resolve().parents[3]
CONFIGS = ROOT / 'snreid_mm/apis/tracklab/configs'


class DetectionLevelModule:
    """What TrackLab documents of the class of this name."""

    def __init__(self, batch_size):
        self.batch_size = batch_size


class Frame(dict):
    """A table as far as the module uses one: columns and an index."""

    def __init__(self, columns, index):
        super().__init__(columns)
        self.index = index


@pytest.fixture(scope='module')
def module_class():
    if find_spec('tracklab'):
        return player_reid_module.PlayerReIDModule
    pipeline = ModuleType('tracklab.pipeline')
    pipeline.DetectionLevelModule = DetectionLevelModule
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, 'tracklab', ModuleType('tracklab'))
        patch.setitem(sys.modules, 'tracklab.pipeline', pipeline)
        spec = importlib.util.spec_from_file_location(
            'snreid_mm.apis.tracklab.on_stand_in', player_reid_module.__file__)
        again = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(again)
    return again.PlayerReIDModule


@pytest.fixture(scope='module')
def module(module_class, tiny_model):
    return module_class(
        model=str(tiny_model.config),
        checkpoint=str(tiny_model.checkpoint),
        device='cpu',
        batch_size=3,
        tracking_dataset=object())


@pytest.fixture(scope='module')
def inferencer(tiny_model):
    return PlayerReIDInferencer(
        tiny_model.config, tiny_model.checkpoint, progress=False)


def detection(name, *box):
    return SimpleNamespace(name=name, bbox_ltwh=np.array(box))


def test_what_tracklab_reads_of_the_class(module_class, module):
    # TrackLab takes the level from the name of the first base.
    assert module_class.__bases__[0].__name__ == 'DetectionLevelModule'
    assert module_class.input_columns == ['bbox_ltwh']
    assert module_class.output_columns == ['embeddings', 'visibility_scores']
    assert module.batch_size == 3


def test_detections_of_a_frame(module, inferencer, pictures):
    frame = np.zeros((100, 100, 3), np.uint8)  # R, G, B
    frame[2:50, 3:23] = pictures[0][..., ::-1]
    frame[40:88, 60:81] = pictures[1][..., ::-1]
    samples = [(each.name, module.preprocess(frame, each, None))
               for each in (detection(7, 3., 2., 20., 48.),
                            detection(9, 60., 40., 21., 48.))]
    indices, batch = type(module).collate_fn(samples)
    assert indices == [7, 9]
    np.testing.assert_array_equal(batch[1], pictures[1][..., ::-1])
    found = module.process(batch, Frame({}, indices), None)
    assert list(found.index) == [7, 9]
    wanted = inferencer.extract(pictures[:2]).values
    for i in range(2):
        embedding = found['embeddings'][i]
        assert embedding.dtype == np.float32
        np.testing.assert_allclose(embedding, wanted[i:i + 1], atol=1e-6)
        assert found['visibility_scores'][i].tolist() == [1.]


@pytest.mark.parametrize('box, shape', [
    ((-5, -5, 15, 25), (20, 10)),  # what lies in the frame
    ((55, 90, 20, 30), (10, 5)),
    ((59.5, 20, 0, 10), (10, 1)),  # nothing: a pixel
    ((80, 120, 20, 30), (1, 1)),
    ((-30, -40, 20, 30), (1, 1)),
    ((10, 10, -4, -4), (1, 1)),
])
def test_no_box_ends_a_run(module, box, shape):
    frame = np.zeros((100, 60, 3), np.uint8)
    before = np.array(box)
    found = module.preprocess(frame, SimpleNamespace(
        name=1, bbox_ltwh=before), None)
    assert found.shape == (*shape, 3)
    np.testing.assert_array_equal(before, box)


def test_a_box_of_no_numbers(module):
    frame = np.zeros((9, 9, 3), np.uint8)
    for box in ((np.nan, 1, 2, 3), (1, 2, 3)):
        with pytest.raises(ValueError, match='of detection 8 is not four'):
            module.preprocess(frame, detection(8, *box), None)


def test_a_model_that_is_not_there(module_class, tmp_path):
    with pytest.raises(ValueError, match='There is no model .*reid/snreid_mm'):
        module_class(model=f'{tmp_path}/reid/snreid_mm', device='cpu')


@pytest.mark.skipif(bool(find_spec('tracklab')), reason='TrackLab is there')
def test_without_tracklab(tiny_model):
    with pytest.raises(ImportError, match='TrackLab, which cannot be imported '
                       r'.*run `pip install tracklab'):
        player_reid_module.PlayerReIDModule(model=str(tiny_model.config))


def test_the_entry_point_leads_to_the_configs():
    setup = ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    declared = setup['options.entry_points']['tracklab_plugin'].split()
    name, _, value = declared
    plugin = EntryPoint(name, value, 'tracklab_plugin').load()
    package = plugin.config_package
    assert package.startswith('pkg://')
    folder = Path(importlib.import_module(package[6:]).__file__).parent
    assert folder == CONFIGS
    # It is in what is built, too.
    patterns = setup['options.package_data']['snreid_mm'].split()
    installed = {path for each in patterns
                 for path in (ROOT / 'snreid_mm').glob(each)}
    assert CONFIGS / 'modules/reid' in installed
    assert 'tracklab/configs *.yaml' in (ROOT / 'MANIFEST.in').read_text()
