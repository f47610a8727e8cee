import torch

from snreid_mm.models import BilinearPooling


def test_equals_the_definition(maps):
    expected = torch.zeros(4, 24, 5)
    for row in range(6):
        for column in range(3):
            for i, (x, y) in enumerate(zip(*maps)):
                expected[i] += torch.outer(x[:, row, column],
                                           y[:, row, column])
    expected = expected.flatten(1)
    neck = BilinearPooling((24, 5), normalize=False)
    assert neck.out_channels == 24 * 5
    assert torch.allclose(neck(maps)[-1], expected, atol=1e-5)

    neck = BilinearPooling((24, 5), normalize=False, signed_sqrt=True)
    root = expected.sign() * expected.abs().sqrt()
    assert torch.allclose(neck(maps)[-1], root, atol=1e-4)

    # The root comes first, then the length.
    neck = BilinearPooling((24, 5), signed_sqrt=True)
    assert torch.allclose(
        neck(maps)[-1], root / root.norm(dim=1, keepdim=True), atol=1e-5)
