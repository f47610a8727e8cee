import torch

from snreid_mm.models.functional import (autocast_off, full_precision,
                                         is_autocast_on)

CPU = torch.device('cpu')


def test_autocast_off():
    x = torch.ones(2, 2)
    assert not is_autocast_on(CPU)
    with autocast_off(CPU):
        assert (x @ x).dtype == torch.float32
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert is_autocast_on(CPU)
        with autocast_off(CPU):
            assert not is_autocast_on(CPU)
            assert (x @ x).dtype == torch.float32
        assert is_autocast_on(CPU)
        assert (x @ x).dtype == torch.bfloat16


def test_full_precision():
    for dtype, expected in ((torch.float16, torch.float32),
                            (torch.bfloat16, torch.float32),
                            (torch.float32, torch.float32),
                            (torch.float64, torch.float64)):
        x = torch.ones(1, dtype=dtype)
        assert full_precision(x).dtype == expected
        assert (full_precision(x) is x) == (dtype == expected)
