import pytest
import torch
from mmengine.config import Config

from snreid_mm.engine import load_trained, read_inputs


@pytest.fixture
def cfg(small_model):
    return Config.fromfile(small_model[0])


def test_a_model_with_the_weights_of_its_checkpoint(cfg, small_model):
    model = load_trained(cfg, small_model[1])
    saved = torch.load(small_model[1], weights_only=True)['state_dict']
    assert not model.training
    for name, value in model.state_dict().items():
        assert torch.equal(value.cpu(), saved[name]), name


def test_crops_are_read_as_a_test_reads_them(cfg, small_model, tiny_pitch):
    from snreid_mm.registry import DATASETS
    model = load_trained(cfg, small_model[1])
    dataset = DATASETS.build({
        **cfg.test_dataloader.dataset, 'data_root': str(tiny_pitch)
    })
    paths = [dataset.get_data_info(i)['img_path'] for i in (0, 5)]
    inputs = read_inputs(model, cfg, paths)
    assert inputs.shape == (2, 3, 96, 48)
    expected = model.data_preprocessor(
        dict(inputs=[dataset[i]['inputs'] for i in (0, 5)]))['inputs']
    torch.testing.assert_close(inputs, expected)


def test_errors_name_what_is_wrong(cfg, small_model, tmp_path):
    with pytest.raises(FileNotFoundError, match='none.pth'):
        load_trained(cfg, str(tmp_path / 'none.pth'))
    cfg.model = dict(type='ImageClassifier')
    with pytest.raises(ValueError, match="'ImageClassifier'.*PlayerReID"):
        load_trained(cfg, small_model[1])
