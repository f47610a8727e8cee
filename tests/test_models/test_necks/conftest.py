import pytest
import torch


@pytest.fixture
def maps():
    """An appearance map of 24 channels and a part map of 5."""
    generator = torch.Generator().manual_seed(0)
    return (torch.randn(4, 24, 6, 3, generator=generator),
            torch.randn(4, 5, 6, 3, generator=generator))
