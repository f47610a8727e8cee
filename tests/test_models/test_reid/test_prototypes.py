import mmpretrain
import numpy as np
import pytest
import torch
from mmengine.config import Config

from snreid_mm.apis import PlayerReIDInferencer


@pytest.fixture
def model(tiny_model):
    """The network as MMPretrain's own loader builds it."""
    return mmpretrain.get_model(
        Config.fromfile(tiny_model.config), str(tiny_model.checkpoint))


def test_retrieval_of_mmpretrain(model, tiny_model, folder, tmp_path):
    paths = sorted(str(path) for path in folder.glob('[0-9].png'))
    cache = str(tmp_path / 'cache.pth')
    retrieve = mmpretrain.ImageRetrievalInferencer(
        model, prototype=paths, prototype_cache=cache, prepare_batch_size=2)
    ours = PlayerReIDInferencer(
        tiny_model.config, tiny_model.checkpoint, progress=False).rank(
            paths, paths)
    for i, path in enumerate(paths):
        best, second = retrieve(path, topk=2)[0]
        assert best['sample_idx'] == i
        assert best['sample']['img_path'] == path
        assert second['sample_idx'] == ours.order[i, 1]
        np.testing.assert_allclose(
            -float(second['match_score']), ours.distances[i, 1], atol=1e-4)
    # From the file that it has left.
    vectors = model.prototype_vecs.clone()
    mmpretrain.ImageRetrievalInferencer(
        model, prototype=paths, prototype_cache=cache)
    assert torch.equal(model.prototype_vecs, vectors)


def test_a_folder_as_prototype(model, folder):
    retrieve = mmpretrain.ImageRetrievalInferencer(
        model, prototype=str(folder))
    best = retrieve(str(folder / '1.png'), topk=1)[0][0]
    assert best['sample']['img_path'].endswith('/1.png')


def test_features_of_mmpretrain(model, tiny_model, folder):
    path = str(folder / '0.png')
    feature, = mmpretrain.FeatureExtractor(model)(path, stage='pre_logits')
    wanted = PlayerReIDInferencer(
        tiny_model.config, tiny_model.checkpoint).extract(path)
    np.testing.assert_allclose(feature.numpy(), wanted.values[0], atol=1e-6)


def test_without_prototypes_there_are_no_scores(model):
    sample, = model.predict(torch.zeros(1, 3, 64, 32))
    assert 'pred_score' not in sample
    model.prototype = torch.zeros(3, 5)
    with pytest.raises(ValueError, match=r'shape \(3, 5\), but the embeddings '
                       r'of this model \(M, 64\)'):
        model.prepare_prototype()
    model.prototype = torch.zeros(3, 64)
    model.prepare_prototype()
    sample, = model.predict(torch.zeros(1, 3, 64, 32))
    assert sample.pred_score.shape == (3, )
    # They are no weights.
    assert not any('proto' in key for key in model.state_dict())
