import errno
import os
from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import DataLoader

from snreid_mm.engine import WholeCheckpointHook
from snreid_mm.utils.safe_load import read_checkpoint


class Killed(BaseException):
    """Stands for SIGKILL: nothing that follows is done."""


class Model(BaseModel):

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, inputs, mode='loss'):
        return dict(loss=self.linear(inputs).square().sum())


class FirstEpoch(Hook):
    epoch = None

    def before_train(self, runner):
        self.epoch = runner.epoch


@pytest.fixture
def train(tmp_path):
    numbers = iter(range(100))

    def train(epochs=3, resume=False, load_from=None, **checkpoint):
        """Train up to some epoch; return after which one that began."""
        begun = FirstEpoch()
        Runner(
            Model(),
            str(tmp_path),
            train_dataloader=DataLoader([dict(inputs=torch.ones(1))] * 2),
            train_cfg=dict(by_epoch=True, max_epochs=epochs),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=.1)),
            default_hooks=dict(
                checkpoint=WholeCheckpointHook(
                    interval=1, max_keep_ckpts=1, **checkpoint)),
            custom_hooks=[begun],
            resume=resume,
            load_from=load_from,
            default_scope='mmengine',
            experiment_name=f'{tmp_path.name}-{next(numbers)}').train()
        return begun.epoch

    return train


def _names(folder):
    return sorted(path.name for path in folder.iterdir()
                  if path.suffix in ('.pth', '.tmp'))


def test_the_last_ones_are_kept(train, tmp_path):
    train()
    assert _names(tmp_path) == ['epoch_3.pth']
    assert (tmp_path / 'last_checkpoint').read_text() == str(
        tmp_path / 'epoch_3.pth')


@pytest.mark.parametrize('step', ['fsync', 'replace'])
def test_a_kill_during_a_save_leaves_the_one_before(train, tmp_path,
                                                    monkeypatch, step):
    calls = []

    def die(*args, do=getattr(os, step)):
        calls.append(args)
        if len(calls) == 2:
            raise Killed
        return do(*args)

    # A killed process does not clean up.
    monkeypatch.setattr(Path, 'unlink', lambda *args, **kwargs: None)
    monkeypatch.setattr(os, step, die)
    with pytest.raises(Killed):
        train()
    monkeypatch.undo()
    assert 'epoch_1.pth' in _names(tmp_path)
    assert len(_names(tmp_path)) == 2  # and half of another, under no name
    assert train(resume=True) == 1
    assert _names(tmp_path) == ['epoch_3.pth']


def test_the_old_one_is_there_until_the_new_one_is(train, tmp_path,
                                                   monkeypatch):
    seen = []

    def look(source, target, do=os.replace):
        do(source, target)
        seen.append(_names(tmp_path))

    monkeypatch.setattr(os, 'replace', look)
    train()
    assert seen == [['epoch_1.pth'], ['epoch_1.pth', 'epoch_2.pth'],
                    ['epoch_2.pth', 'epoch_3.pth']]


def test_a_full_disk_is_one_sentence_and_loses_nothing(train, tmp_path,
                                                       monkeypatch):
    train(epochs=1)

    def fail(number):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, 'fsync', fail)
    with pytest.raises(OSError, match='epoch_2.pth cannot be written .No spac'
                       'e.*go on with --resume; the checkpoints before'):
        train(epochs=2, resume=True)
    monkeypatch.undo()
    assert _names(tmp_path) == ['epoch_1.pth']
    assert train(epochs=2, resume=True) == 1


@pytest.mark.parametrize('note', [None, b'\xff\xfe', b'', b'/moved/epoch_1.pt'
                                  b'h'])
def test_the_newest_is_found_whatever_the_note_says(train, tmp_path, note):
    train(epochs=2)
    (tmp_path / 'last_checkpoint').unlink()
    if note is not None:
        (tmp_path / 'last_checkpoint').write_bytes(note)
    assert train(resume=True) == 2


@pytest.mark.parametrize('damage', ['end', 'middle', 'empty'])
def test_a_damaged_one_is_passed_over(train, tmp_path, damage, monkeypatch):
    train(epochs=2, filename_tmpl='state_{}.pth')
    good, newest = tmp_path / 'state_1.pth', tmp_path / 'state_2.pth'
    checkpoint = read_checkpoint(str(newest))
    checkpoint['meta'].update(epoch=1, iter=2)
    checkpoint['message_hub']['runtime_info'].update(keep_ckpt_ids=[1])
    torch.save(checkpoint, good)
    os.utime(good, (1, 1))
    data = bytearray(newest.read_bytes())
    half = len(data) // 2
    if damage == 'middle':
        at = data.index(checkpoint['state_dict']['linear.weight'].numpy()
                        .tobytes())
        data[at] ^= 1
    newest.write_bytes(
        dict(end=data[:half], middle=data, empty=b'')[damage])
    assert train(resume=True, filename_tmpl='state_{}.pth') == 1


def test_one_that_is_named_is_taken(train, tmp_path):
    train(epochs=2)
    os.rename(tmp_path / 'epoch_2.pth', tmp_path / 'mine.pth')
    assert train(resume=True, load_from=str(tmp_path / 'mine.pth')) == 2


def test_another_folder_is_looked_through(train, tmp_path):
    out = tmp_path / 'out'
    train(epochs=2, out_dir=str(out))
    (tmp_path / 'last_checkpoint').unlink()
    assert (out / tmp_path.name / 'epoch_2.pth').is_file()
    assert train(resume=True, out_dir=str(out)) == 2
