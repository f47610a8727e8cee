from pathlib import Path

import cv2
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config

from snreid_mm.engine import load_trained, pair_explanation, read_inputs

TOOL = (Path(__file__).resolve().parents[2] / 'tools' / 'visualization' /
        'explain_pair.py')


@pytest.fixture
def crops(tiny_pitch):
    return [str(p) for p in sorted(tiny_pitch.glob('test/query/**/*.png'))[:2]]


@pytest.fixture
def explain(run_tool, small_model, tmp_path):

    def run(*args, config=small_model[0], checkpoint=small_model[1]):
        return run_tool(TOOL, config, checkpoint, *args, '--out',
                        tmp_path / 'pair.png')

    return run


@pytest.fixture
def drawn(monkeypatch):
    """The crops that were drawn, the names of the parts and the heading."""
    calls = []
    draw = pair_explanation.draw_similarity

    def spy(*args):
        calls.append(args)
        return draw(*args)

    monkeypatch.setattr(pair_explanation, 'draw_similarity', spy)
    return calls


def test_the_picture_shows_the_shares(explain, drawn, crops, small_model,
                                      tmp_path):
    code, printed, errors = explain(*crops)
    assert (code, errors) == (0, ''), errors
    assert printed.splitlines()[-1] == str(tmp_path / 'pair.png')
    assert cv2.imread(str(tmp_path / 'pair.png')).shape[1] > 800
    (pair, names, heading), = drawn
    assert names == ['part 1', 'part 2', 'part 3']
    cfg = Config.fromfile(small_model[0])
    model = load_trained(cfg, small_model[1])
    with torch.no_grad():
        first, second = model(read_inputs(model, cfg, crops))
    cosine = float(F.cosine_similarity(first, second, 0))
    assert f'{cosine:.3f}' in heading
    for crop, path in zip(pair, crops):
        assert crop.total == pytest.approx(cosine, abs=1e-5)
        assert crop.parts.sum() + crop.constant == pytest.approx(
            cosine, abs=1e-5)
        assert crop.name.replace('\n', '') == Path(path).name
        assert crop.positions.shape == (6, 3)
        assert crop.image.shape == cv2.imread(path).shape


def test_a_model_without_parts(explain, drawn, crops, small_model, tmp_path):
    config = tmp_path / 'average.py'
    config.write_text(f"""
_base_ = '{small_model[0]}'
model = dict(
    part_extractor=None, neck=dict(type='GlobalAveragePooling', _delete_=True))
""".replace("dict(type='GlobalAveragePooling', _delete_=True)",
            "[dict(type='GlobalAveragePooling')]"))
    model = load_trained_without_weights(config)
    checkpoint = tmp_path / 'average.pth'
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    code, _, errors = explain(*crops, config=config, checkpoint=checkpoint)
    assert (code, errors) == (0, '')
    (pair, names, _), = drawn
    assert names == [] and pair[0].parts is None


def load_trained_without_weights(config):
    from snreid_mm.registry import MODELS
    return MODELS.build(Config.fromfile(config).model)


def test_errors_are_one_sentence(explain, run_tool, crops, tmp_path):
    for args, message in (
        ((crops[0], tmp_path / 'none.png'), 'none.png cannot be read'),
        ((*crops, '--cfg-options', 'modle.input_size=3'), 'modle'),
    ):
        code, _, errors = explain(*args)
        assert code == 1 and errors.count('\n') == 1, errors
        assert message in errors
    code, _, errors = explain(*crops, checkpoint=tmp_path / 'none.pth')
    assert code == 1 and 'There is no checkpoint' in errors
    code, _, errors = run_tool(TOOL, 'c.py', 'c.pth', *crops, '--out', 'a.gif')
    assert code == 1 and 'a.gif must end in' in errors
    assert not (tmp_path / 'pair.png').exists()
