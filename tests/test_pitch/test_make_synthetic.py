import importlib.util
import os.path as osp

import pytest

SCRIPT = osp.join(
    osp.dirname(__file__), *[osp.pardir] * 2, 'tools', 'dataset_tools',
    'make_synthetic.py')


@pytest.fixture(scope='module')
def main():
    spec = importlib.util.spec_from_file_location('make_synthetic', SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def test_the_script_makes_data_and_a_sheet(main, tmp_path, capsys):
    root, sheet = tmp_path / 'root', tmp_path / 'sheet.png'
    arguments = [str(root), '--preset', 'tiny', '--seed', '3', '--workers',
                 '1', '--contact-sheet', str(sheet), '--quiet']
    main(arguments)
    out = capsys.readouterr().out
    assert osp.isfile(root / 'test' / 'bbox_info.json')
    assert sheet.stat().st_size > 10_000
    for word in ('train', 'valid', 'test', 'challenge', str(root), 'Next:'):
        assert word in out
    with pytest.raises(SystemExit, match='not empty.*--overwrite'):
        main(arguments)


@pytest.mark.parametrize('option', [['--workers', '0'], ['--seed', '-2']])
def test_bad_values_end_with_one_sentence(main, tmp_path, option):
    with pytest.raises(SystemExit, match=f'make_synthetic: {option[0][2:]}'):
        main([str(tmp_path / 'x'), '--preset', 'tiny', *option])


def test_an_unknown_preset_lists_the_presets(main, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path / 'x'), '--preset', 'huge'])
    assert 'tiny' in capsys.readouterr().err
