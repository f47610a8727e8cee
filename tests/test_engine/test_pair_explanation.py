import numpy as np
import pytest
from mmengine.config import Config

from snreid_mm.engine import read_inputs
from snreid_mm.engine.pair_explanation import PairExplainer
from snreid_mm.models.reid import split_similarity
from snreid_mm.utils.figures import to_image


def test_a_pair(small_model, tiny_pitch):
    cfg = Config.fromfile(small_model[0])
    explainer = PairExplainer(cfg, small_model[1])
    paths = sorted(tiny_pitch.glob('test/query/**/*.png'))
    crops = [str(path) for path in paths[:2]]
    shares = explainer.split(*crops)
    inputs = read_inputs(explainer.model, cfg, crops)
    for found, wanted in zip(shares, split_similarity(explainer.model,
                                                      *inputs)):
        np.testing.assert_array_equal(found.parts, wanted.parts)
    figure = explainer.draw(*crops, shares)
    assert f'epoch_1.pth: cosine of the embeddings {shares[0].total:.3f}' == (
        figure.get_suptitle())
    assert to_image(figure).std() > 20
    with pytest.raises(FileNotFoundError, match='There is no checkpoint'):
        PairExplainer(cfg, 'none.pth')
