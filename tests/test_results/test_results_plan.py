import pytest
from mmengine.config import Config

from snreid_mm.results.plan import (check_configs, flat_settings, plan_runs,
                                    split_label)


def test_every_config_fraction_and_seed(write_config, tmp_path):
    configs = [(write_config('one'), 'One'), (write_config('two'), 'Two')]
    runs = plan_runs(configs, tmp_path / 'w', [0, 7], [1., .02])
    assert [(r.label, r.fraction, r.seed) for r in runs] == [
        (label, fraction, seed) for seed in (0, 7) for fraction in (1., .02)
        for label in ('One', 'Two')
    ]
    last = runs[-1]
    assert last.folder == tmp_path / 'w/two/fraction-0.02/seed-7'
    assert last.cfg.train_dataloader.dataset.fraction == .02
    assert last.cfg.randomness.seed == 7
    assert not last.problem
    assert len({run.folder for run in runs}) == 8


def test_without_fractions_the_configs_own(make_run):
    assert make_run().fraction == 1
    more = 'train_dataloader["dataset"]["fraction"] = 0.25'
    run = make_run(more=more)
    assert run.fraction == .25 and run.folder.parent.name == 'fraction-0.25'


def test_options_and_adapt_reach_the_config(make_run):
    run = make_run(
        options={
            'data_root': 'elsewhere',
            'train_cfg.max_epochs': 9
        },
        adapt=lambda cfg: cfg.model.update(extra=1))
    assert run.cfg.test_dataloader.dataset.data_root == 'elsewhere'
    assert run.cfg.train_cfg.max_epochs == 9 and run.cfg.model.extra == 1
    assert run.settings['model.extra'] == '1'


@pytest.mark.parametrize('more, message', [
    ('1 / 0', 'ZeroDivisionError: division by zero'),
    ('train_dataloader = None', 'ValueError: The config has no train_'),
    ('train_dataloader["dataset"] = dict(type="Joined", datasets=[])',
     'Joined joins data sets'),
    ('train_dataloader["dataset"] = dict(type="mmpose.CocoDataset")',
     'ValueError: The config trains a pose estimator'),
])
def test_a_broken_config_is_a_problem_and_no_stop(make_run, more, message):
    run = make_run(more=more)
    assert run.cfg is None and message in run.problem


def test_an_option_without_effect_is_a_problem(make_run):
    run = make_run(options={'optim_wraper.lr': 1})
    assert "did you mean 'optim_wrapper'" in run.problem


def test_the_hook_and_what_resuming_needs(make_run):
    more = '''
custom_hooks = [dict(type='EMAHook')]
'''
    run = make_run(more=more)
    assert [hook.type for hook in run.cfg.custom_hooks] == [
        'EMAHook', 'snreid_mm.CostHook'
    ]
    assert run.cfg.custom_hooks[1].train_file == str(
        run.folder.resolve() / 'measured_train.json')
    # One checkpoint alone is removed before the next is written.
    assert run.cfg.default_hooks.checkpoint.max_keep_ckpts == 2
    # None of this is a setting of the experiment.
    assert 'CostHook' not in str(run.settings)
    assert run.settings['default_hooks.checkpoint.max_keep_ckpts'] == '1'
    # The written config is the same again.
    again = Config.fromstring(run.cfg.pretty_text, '.py')
    assert again.to_dict() == run.cfg.to_dict()


def test_labels(write_config):
    path = write_config('net=2')
    assert split_label('a/b.py') == ('a/b.py', 'b')
    assert split_label('a/b.py=My net') == ('a/b.py', 'My net')
    assert split_label(path) == (path, 'net=2')
    with pytest.raises(ValueError, match='write a label'):
        split_label('a/b.py=')


def test_what_would_be_mixed_is_refused(write_config, tmp_path):
    one, two = write_config('one'), write_config('two')
    with pytest.raises(FileNotFoundError, match="'nothing.py'"):
        check_configs([('nothing.py', 'x')])
    with pytest.raises(ValueError, match="both named 'one'"):
        check_configs([(one, 'a'), (one, 'b')])
    with pytest.raises(ValueError, match="both labelled 'a'"):
        check_configs([(one, 'a'), (two, 'a')])
    with pytest.raises(ValueError, match='seed 3 is given twice'):
        plan_runs([(one, 'a')], tmp_path, [3, 3])
    with pytest.raises(ValueError, match='fraction 0.1 is given twice'):
        plan_runs([(one, 'a')], tmp_path, [0], [.1, .1])
    with pytest.raises(ValueError, match=r'fraction 10 is not in \(0, 1\]'):
        plan_runs([(one, 'a')], tmp_path, [0], [10.])


def test_settings_are_flat_and_say_nothing_of_places():
    cfg = Config(
        dict(a=dict(b=[1, dict(c='x')], d={}), work_dir='w', resume=True))
    assert flat_settings(cfg) == {
        'a.b.0': '1',
        'a.b.1.c': "'x'",
        'a.d': '{}'
    }


def test_other_data_under_the_same_name_are_other_settings(
        make_run, tmp_path):
    annotations = tmp_path / 'data' / 'test' / 'bbox_info.json'
    annotations.parent.mkdir(parents=True)
    options = {'data_root': str(tmp_path / 'data')}
    annotations.write_text('{}')
    first = make_run(options=options).settings
    assert first == make_run(options=options).settings
    annotations.write_text('{"query": {}}')
    second = make_run(options=options).settings
    assert {key for key in first if first[key] != second[key]
            } == {f'the contents of {annotations}'}


def test_so_are_other_weights_under_the_same_name(make_run, tmp_path):
    names = ('parts.pth', 'backbone.pth', 'all.pth')
    for name in names:
        (tmp_path / name).write_text('one')
    more = f'''
model = dict(
    part_extractor=dict(checkpoint='{tmp_path}/parts.pth'),
    neck=dict(checkpoint='https://somewhere/x.pth'),
    backbone=dict(init_cfg=[
        dict(type='Pretrained', checkpoint='{tmp_path}/backbone.pth')]))
load_from = '{tmp_path}/all.pth'
'''
    first = make_run(more=more).settings
    assert first == make_run(more=more).settings
    for name in names:
        (tmp_path / name).write_text('another')
        second = make_run(more=more).settings
        assert {key for key in second if first[key] != second[key]
                } == {f'the contents of {tmp_path / name}'}
        first = second


def test_joined_data_are_stamped_each(make_run, tmp_path):
    parts = []
    for name in 'ab':
        path = tmp_path / name / 'valid' / 'bbox_info.json'
        path.parent.mkdir(parents=True)
        path.write_text('{}')
        parts.append(dict(data_root=str(tmp_path / name), split='valid'))
    settings = make_run(
        more=f'val_dataloader["dataset"] = dict(type="J", datasets={parts})'
    ).settings
    assert sum(key.startswith('the contents of ') for key in settings) == 2
