import numpy as np
import pytest
import torch

from snreid_mm.deployment import Comparison
from snreid_mm.deployment.comparison import compare_with_model

RNG = np.random.default_rng(0)
ACTIONS, PEOPLE = 6, 8


def records():
    """One query and one gallery crop of each person."""
    return [
        dict(
            bbox_idx=action * PEOPLE + person,
            action_idx=action,
            person_uid=action * PEOPLE + person,
            subset=subset) for subset in ('query', 'gallery')
        for action in range(ACTIONS) for person in range(PEOPLE)
    ]


def good():
    """Embeddings that rank well, not of unit length."""
    people = RNG.normal(size=(ACTIONS * PEOPLE, 16))
    both = np.concatenate([people, people])
    return (both + .3 * RNG.normal(size=both.shape)).astype(np.float32)


@pytest.mark.parametrize('is_float32', [False, True])
def test_equal_embeddings_are_good(is_float32):
    model = good()
    comparison = Comparison.of(model, model.copy(), records())
    assert comparison.fault(is_float32) is None
    assert comparison.crops == len(model)
    assert comparison.max_distance == pytest.approx(0, abs=1e-12)
    one, two = comparison.scores
    assert one == two and one['mAP'] > 60
    # One of eight is right: the mean of 1/rank.
    assert comparison.chance['mAP'] == pytest.approx(
        100 * np.mean(1 / np.arange(1, 9)), abs=.01)


def test_distances_are_of_the_angle():
    model = np.float32([[1, 0], [0, 2], [3, 0]])
    file = np.float32([[2, 0], [2, 0], [-1, 0]])
    comparison = Comparison.of(model, file)
    assert comparison.max_distance == pytest.approx(2)
    assert comparison.mean_distance == pytest.approx(1)
    assert comparison.scores is None and comparison.chance is None


def test_a_little_noise_is_no_rounding():
    model = good()
    file = model + .05 * RNG.normal(size=model.shape).astype(np.float32)
    comparison = Comparison.of(model, file, records())
    assert comparison.fault(False) is None
    assert 'are not the model' in comparison.fault(True)


def test_embeddings_that_hardly_differ_are_a_fault():
    model = good()
    file = (model + 20 * np.ones(16)).astype(np.float32)
    # It still ranks as the model does.
    comparison = Comparison.of(model, file, records())
    assert comparison.scores[0]['mAP'] == pytest.approx(
        comparison.scores[1]['mAP'])
    assert 'hardly differ' in comparison.fault(False)


def test_a_ranking_near_chance_is_a_fault():
    model = good()
    file = RNG.normal(size=model.shape).astype(np.float32)
    comparison = Comparison.of(model, file, records())
    assert 'it ranks with' in comparison.fault(False)
    # Where the model has learned nothing there is nothing to lose.
    both = [RNG.normal(size=model.shape).astype(np.float32) for _ in 'ab']
    assert Comparison.of(*both, records()).fault(False) is None


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_one_wrong_number_is_a_fault(value):
    model = good()
    file = model.copy()
    file[3, 2] = value
    comparison = Comparison.of(model, file, records())
    assert comparison.fault(False) == 'its embeddings hold NaN or Inf'


def test_both_see_the_same_images_in_order():
    class Sample(dict):

        @property
        def metainfo(self):
            return self

    class Model:

        def test_step(self, data):
            means = data['inputs'].float().mean((2, 3))
            return [type('', (), dict(embedding=row)) for row in means]

    class Backend:

        def embed_images(self, images):
            return images.astype(np.float32).mean((2, 3))

    samples = [
        dict(
            inputs=torch.randint(256, (3, 4, 2), dtype=torch.uint8),
            data_samples=Sample(each)) for each in records()
    ]
    comparison = compare_with_model(Backend(), Model(), samples, 7)
    assert comparison.crops == len(samples)
    assert comparison.max_distance < 1e-10 and comparison.scores
    assert compare_with_model(
        Backend(), Model(), samples, scored=False).scores is None
