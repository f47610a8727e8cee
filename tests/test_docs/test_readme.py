"""What README.md and the guides promise beside their code must hold."""

import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from snreid_mm.registry import MODELS
from snreid_mm.utils.config import apply_options

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md'))]
TEXT = '\n'.join(path.read_text() for path in GUIDES)


def test_the_config_with_another_backbone_builds(tmp_path):
    guide = (ROOT / 'docs/user_guides/config.md').read_text()
    blocks = re.findall(r'```python\n(.*?)```', guide, re.DOTALL)
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
    'path',
    sorted(
        set(
            re.findall(
                r'(?<![\w/.])(?:configs|tools|benchmarks|docs|snreid_mm)/'
                r'[\w./-]+\.(?:py|jpg|md)', TEXT))))
def test_every_file_they_name_exists(path):
    made_by_the_reader = path.startswith('configs/my/')
    assert made_by_the_reader or (ROOT / path).is_file()


def test_every_component_they_list_exists():
    import snreid_mm.datasets  # noqa: F401
    from snreid_mm import registry
    names = re.findall(r'^\| `snreid_mm\.(\w+)`', TEXT, re.MULTILINE)
    assert len(names) > 7
    for name in names:
        assert any(
            getattr(registry, kind).get(f'snreid_mm.{name}')
            for kind in registry.__all__), name


def test_every_guide_is_reached_from_the_readme():
    reached, waiting = set(), [ROOT / 'README.md']
    while waiting:
        path = waiting.pop()
        reached.add(path)
        for link in re.findall(r'\]\(([^)#\s]+\.md)', path.read_text()):
            target = (path.parent / link).resolve()
            if '://' not in link and target.is_file() \
                    and target not in reached:
                waiting.append(target)
    assert set(GUIDES) <= reached
