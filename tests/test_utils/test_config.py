import pytest
from mmengine.config import Config

from snreid_mm.engine import Bfloat16OptimWrapper
from snreid_mm.utils.config import (apply_options, enable_amp, flatten_config,
                                    innermost_datasets, load_config,
                                    measure_frame_cues)

TEXT = '''
data_root = 'data/here'
train_pipeline = [dict(type='LoadImageFromFile')]
model = dict(head=dict(num_classes=None, loss_cls=dict(type='X')))
train_dataloader = dict(
    dataset=dict(data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(data_root='elsewhere'))
test_dataloader = dict(dataset=dict(datasets=[dict(data_root=data_root)]))
optim_wrapper = dict(type='OptimWrapper')
test_cfg = dict()
'''


@pytest.fixture
def path(tmp_path):
    path = tmp_path / 'my-model.py'
    path.write_text(TEXT)
    return str(path)


def test_the_work_dir_comes_from_the_name_unless_given(path):
    assert load_config(path).work_dir == 'work_dirs/my-model'
    assert load_config(path, work_dir='out').work_dir == 'out'


def test_a_missing_config_is_named():
    with pytest.raises(FileNotFoundError, match="'no/such.py'"):
        load_config('no/such.py')


def test_options_reach_their_key(path):
    cfg = load_config(path, {
        'optim_wrapper.optimizer.lr': 0.1,
        'load_from': 'x.pth'
    })
    assert cfg.optim_wrapper.optimizer.lr == 0.1
    assert cfg.load_from == 'x.pth'


def test_data_root_reaches_the_data_sets_that_share_it(path):
    cfg = load_config(path, {'data_root': '/new'})
    assert cfg.data_root == '/new'
    assert cfg.train_dataloader.dataset.data_root == '/new'
    assert cfg.test_dataloader.dataset.datasets[0].data_root == '/new'
    assert cfg.val_dataloader.dataset.data_root == 'elsewhere'


def test_an_option_that_an_argument_decides_is_refused(path):
    with pytest.raises(ValueError, match="'load_from'.*--resume decides it"):
        load_config(path, {'load_from': 'x'}, decided={'load_from': '--resume'})


def test_data_root_without_one_to_replace_is_refused():
    with pytest.raises(ValueError, match='sets no data_root'):
        apply_options(Config(dict(model=dict())), {'data_root': '/new'})


@pytest.mark.parametrize(('key', 'message'), [
    ('optim_wraper.optimizer.lr', "did you mean 'optim_wrapper'"),
    ('zzz', "'zzz' would do nothing"),
    ('cfg.model', "'cfg.model' would do nothing"),
    ('env_cfg.cudnn_bench', 'env_cfg has only cudnn_benchmark'),
    ('train_pipeline', "'train_pipeline' is a variable of the config file"),
])
def test_an_option_that_would_do_nothing_is_refused(path, key, message):
    with pytest.raises(ValueError, match=message):
        load_config(path, {key: 1})


def test_amp_without_a_gpu_says_what_it_does(path, capsys, monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    cfg = load_config(path)
    enable_amp(cfg, training=True)
    enable_amp(cfg, training=False)
    assert cfg.optim_wrapper.type == 'OptimWrapper'
    assert 'fp16' not in cfg.test_cfg
    assert 'float32' in capsys.readouterr().out


def test_amp_with_a_gpu(path, monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: True)
    cfg = load_config(path)
    enable_amp(cfg, training=True)
    assert cfg.optim_wrapper == dict(
        type='AmpOptimWrapper', loss_scale='dynamic')
    enable_amp(cfg, training=False)
    assert cfg.test_cfg.fp16 is True


@pytest.mark.parametrize('gpu', [True, False])
def test_amp_leaves_bfloat16_as_it_is(path, capsys, monkeypatch, gpu):
    monkeypatch.setattr('torch.cuda.is_available', lambda: gpu)
    for wrapper in ('snreid_mm.Bfloat16OptimWrapper', Bfloat16OptimWrapper):
        cfg = load_config(path)
        cfg.optim_wrapper.type = wrapper
        enable_amp(cfg, training=True)
        assert cfg.optim_wrapper.type is wrapper
        assert 'bfloat16 already' in capsys.readouterr().out
    cfg.test_cfg.fp16 = True
    enable_amp(cfg, training=False)
    assert 'mixed precision already' in capsys.readouterr().out


def test_an_option_that_goes_through_a_list_names_a_place(path):
    with open(path, 'a') as file:
        file.write("test_evaluator = [dict(type='A'), dict(type='B')]\n")
    cfg = load_config(path, {'test_evaluator.1.thr': 3})
    assert cfg.test_evaluator[1].thr == 3
    cfg = load_config(path, {'train_dataloader.dataset.pipeline.0.to': 1})
    assert cfg.train_dataloader.dataset.pipeline[0].to == 1
    for key in ('test_evaluator.thr', 'test_evaluator.2.thr'):
        with pytest.raises(
                ValueError,
                match=f"'{key}' does not say which: test_evaluator is a list "
                r'of 2 \(A, B\)'):
            load_config(path, {key: 3})
    with pytest.raises(ValueError, match='after train_dataloader.dataset.pip'):
        load_config(path, {'train_dataloader.dataset.pipeline.to': 1})


@pytest.mark.parametrize(('key', 'message'), [
    ('model.backbone.strides.3', r'model.backbone.strides, which is \(1, 2\) '
     "and has no part '3': write the whole value of model.backbone.strides"),
    ('model.backbone.strides.0.x', r'which is \(1, 2\)'),
    ('model.backbone.depth.0', 'depth, which is 18'),
    ('model.backbone.out_indices.0', 'model.backbone.out_indices, which is '
     'not set .*: write the whole value'),
    ('model.new.deep.0', 'model.new.deep, which is not set'),
    ('model.backbone.1', 'model.backbone, which is a dict'),
])
def test_a_place_that_is_none_is_refused(path, key, message):
    with open(path, 'a') as file:
        file.write("model['backbone'] = dict(strides=(1, 2), depth=18)\n")
    with pytest.raises(ValueError, match=message):
        load_config(path, {key: 2})
    # Keys that a config leaves out may be given.
    cfg = load_config(path, {'model.new.deep.key': 2})
    assert cfg.model.new.deep.key == 2


def test_a_config_is_flattened():
    assert flatten_config(dict(a=[1, dict(b=(2, )), {}], c={})) == {
        'a.0': 1,
        'a.1.b.0': 2,
        'a.2': {},
        'c': {}
    }


def test_the_innermost_data_sets():
    one, two = dict(type='A'), dict(type='B')
    joined = dict(
        type='Join', datasets=[one, dict(type='Repeat', dataset=two)])
    assert list(innermost_datasets(dict(dataset=joined))) == [one, two]
    assert list(innermost_datasets(one)) == [one]


def test_the_places_of_a_variable_are_named(path):
    with pytest.raises(
            ValueError, match=r'name that place: train_dataloader.dataset.pi'):
        load_config(path, dict(train_pipeline=[]))


def test_a_word_for_a_number_is_refused(tmp_path):
    file = tmp_path / 'config.py'
    file.write_text("optim_wrapper = dict(optimizer=dict(lr=1e-3))\n")
    key = 'optim_wrapper.optimizer.lr'
    with pytest.raises(ValueError, match=f"{key}='fast' must be a number"):
        load_config(str(file), {key: 'fast'})
    assert load_config(str(file), {key: 1}).optim_wrapper.optimizer.lr == 1


@pytest.mark.parametrize('text, message', [
    ("model = dict(type='PlayerReID')",
     "model.type is 'PlayerReID', .*write 'snreid_mm.PlayerReID'"),
    ("train_dataloader = dict(sampler=dict(type='ActionIdentitySampler'))",
     "sampler.type is .*'snreid_mm.ActionIdentitySampler'"),
])
def test_a_type_of_ours_without_its_scope_is_named(tmp_path, text, message):
    file = tmp_path / 'config.py'
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        load_config(str(file))
    file.write_text(f"{text}\ndefault_scope = 'snreid_mm'\n")
    load_config(str(file))
    file.write_text("model = dict(type='ResNet')")
    load_config(str(file))


def test_a_training_shorter_than_its_warm_up_is_refused(tmp_path):
    file = tmp_path / 'config.py'
    file.write_text(
        "train_cfg = dict(by_epoch=True, max_epochs=60)\n"
        "param_scheduler = [dict(type='LinearLR', by_epoch=True, end=5),\n"
        "    dict(type='CosineAnnealingLR', by_epoch=True, begin=5)]\n")
    with pytest.raises(
            ValueError, match='max_epochs=5 leaves.*param_scheduler.1.begin'):
        load_config(str(file), {'train_cfg.max_epochs': 5})
    load_config(str(file), {'train_cfg.max_epochs': 6})
    load_config(str(file), {
        'train_cfg.max_epochs': 5,
        'param_scheduler': None
    })


@pytest.mark.parametrize(('text', 'message'), [
    ("strategy = dict(type='FSDPStrategy')", 'strategy does nothing without'),
    ("runner_type = 'FlexibleRunner'\nsync_bn = 'torch'",
     "sync_bn does nothing with runner_type='FlexibleRunner'"),
])
def test_what_the_other_runner_reads_is_refused(tmp_path, text, message):
    file = tmp_path / 'config.py'
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        load_config(str(file))


def test_amp_with_strategies(monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: True)
    cfg = Config(
        dict(optim_wrapper={}, strategy=dict(type='snreid_mm.FSDPStrategy')))
    enable_amp(cfg, training=True)
    assert cfg.optim_wrapper.use_fsdp
    cfg.strategy.type = 'DeepSpeedStrategy'
    with pytest.raises(ValueError, match='strategy.bf16'):
        enable_amp(cfg, training=True)


def test_cues_are_measured_where_crops_are_loaded_in_colour():
    def measured(load, **pack):
        pipeline = [load, dict(type='PackInputs', **pack)]
        cfg = Config(
            dict(test_dataloader=dict(dataset=dict(pipeline=pipeline))))
        measure_frame_cues(cfg)
        return cfg.test_dataloader.dataset.pipeline

    load = dict(type='snreid_mm.LoadCropFromFile')
    for given in (('role', ), ('role', 'frame_cues')):
        first, last = measured(load, meta_keys=given)
        assert first.frame_cues
        assert last.meta_keys == ('role', 'frame_cues')
    for other in (dict(load, color_type='grayscale'),
                  dict(type='LoadImageFromFile')):
        assert measured(other)[0] == other
    measure_frame_cues(Config(dict(test_dataloader=dict(dataset={}))))
