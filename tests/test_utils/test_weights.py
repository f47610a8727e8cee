import pytest
import torch

from snreid_mm.utils.weights import (check_target, read_state_dict,
                                     write_weights)


def test_written_and_read(tmp_path):
    path = tmp_path / 'made/weights.pth'
    weights = dict(a=torch.ones(2), b=torch.zeros(1))
    write_weights(path, weights, tmp_path / 'published.pth', width=0.5)
    loaded = torch.load(path, weights_only=True)
    assert loaded['meta'] == dict(source='published.pth', width=0.5)
    again = read_state_dict(str(path))
    assert list(again) == ['a', 'b'] and torch.equal(again['a'], weights['a'])


def test_source_and_target_differ(tmp_path):
    check_target(tmp_path / 'a.pth', tmp_path / 'b.pth')
    with pytest.raises(ValueError, match='is the file to read from'):
        check_target(tmp_path / 'a.pth', tmp_path / 'x/../a.pth')
