"""What README.md tells a user to write must work."""

import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from snreid_mm.registry import MODELS
from snreid_mm.utils.config import apply_options

ROOT = Path(__file__).parents[2]
README = (ROOT / 'README.md').read_text()


def test_the_config_with_another_backbone_builds(tmp_path):
    blocks = re.findall(r'```python\n(.*?)```', README, re.DOTALL)
    text = next(block for block in blocks if 'backbone' in block)
    assert len(text.splitlines()) <= 4
    path = tmp_path / 'convnext.py'
    path.write_text(text.replace("'../", f"'{ROOT}/configs/"))
    cfg = Config.fromfile(path)
    apply_options(cfg, {'model.backbone.init_cfg': None})
    model = MODELS.build(cfg.model)
    assert model.embedding_dim == 512
    assert model.eval()(torch.zeros(1, 3, 256, 128)).shape == (1, 512)


@pytest.mark.parametrize(
    'path', sorted(set(re.findall(r'(?:configs|tools|benchmarks|docs)/[\w./-]+\.'
                                  r'(?:py|jpg|md)', README))))
def test_every_file_it_names_exists(path):
    made_by_the_reader = path.startswith('configs/my/')
    assert made_by_the_reader or (ROOT / path).is_file()


def test_every_component_it_lists_exists():
    import snreid_mm.datasets  # noqa: F401
    from snreid_mm import registry
    names = re.findall(r'^\| `snreid_mm\.(\w+)`', README, re.MULTILINE)
    assert len(names) > 7
    for name in names:
        assert any(
            getattr(registry, kind).get(f'snreid_mm.{name}')
            for kind in registry.__all__), name
