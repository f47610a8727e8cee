from types import SimpleNamespace
from unittest.mock import Mock, patch

import pytest
from mmpretrain.structures import DataSample

from snreid_mm.engine.hooks import BatchReportHook

ROLES = dict(
    l='Player_team_left',
    r='Player_team_right',
    g='Goalkeeper_team_left',
    m='Main_referee')


def make_batch(*crops):
    """Crops as image, role, identity, match, such as '7l3a'."""
    samples = [
        DataSample(
            metainfo=dict(
                img_path=f'x/y/{crop[3]}/0/{crop[0]}.png', role=ROLES[
                    crop[1]])).set_gt_label(int(crop[2])) for crop in crops
    ]
    return dict(data_samples=samples)


def make_runner(batches):
    return Mock(train_dataloader=range(batches), iter=0)


def train(hook, runner, *batches):
    hook.before_train(runner)
    for i, batch in enumerate(batches):
        runner.iter = i
        hook.after_train_iter(runner, i, batch)
    return [call.args[0] for call in runner.visualizer.add_scalars.mock_calls]


def test_what_is_counted():
    runner = make_runner(2)
    first = make_batch('0l0a', '1l0a', '2g1a', '3r2a', '4m3a', '5l4b')
    second = make_batch('0l0a', '6r5b')
    found = train(BatchReportHook(), runner, first, second, second, second)
    # Identity 0 meets the goalkeeper twice, who meets two images; the others
    # are of another team, of none, or of another match. The referee is no
    # anchor, the second batch has two more.
    assert found == [{
        'batches/unique_images': 7 / 8,
        'batches/same_team_negatives': 4 / 7
    }, {
        'batches/unique_images': 2 / 4,
        'batches/same_team_negatives': 0
    }]
    assert runner.logger.info.mock_calls[0].args[0] == (
        '7 different images among 8 drawn (87.5%); an anchor has met 0.6 '
        'negatives of its own team')


def test_ranks_are_joined():
    name = 'snreid_mm.engine.hooks.batch_report.all_gather_object'
    other = [{'x/y/a/0/0.png', 'x/y/a/0/9.png'}, 3, 3, 6]
    with patch(name, lambda mine: [mine, other]):
        found = train(BatchReportHook(), make_runner(1), make_batch('0l0a'))
    assert found == [{
        'batches/unique_images': 2 / 4,
        'batches/same_team_negatives': 6 / 4
    }]


def test_samples_that_do_not_say_it():
    sample = DataSample(metainfo=dict(img_path='x/y/a/0/0.png'))
    hook = BatchReportHook()
    hook.before_train(SimpleNamespace())
    with pytest.raises(ValueError, match="no role.*add 'role' to the meta_k"):
        hook.after_train_iter(make_runner(1), 0, dict(data_samples=[sample]))
