from pathlib import Path

import cv2
import pytest

from snreid_mm.evaluation.calibration_file import read_calibration

TOOLS = Path(__file__).resolve().parents[2] / 'tools' / 'analysis_tools'
TOOL, COLOUR = TOOLS / 'calibrate.py', TOOLS / 'rank_by_colour.py'


@pytest.fixture
def embeddings(run_tool, tiny_pitch, tmp_path):
    """The colour histograms of valid and test."""
    folder = tmp_path / 'embeddings'
    for split in ('valid', 'test'):
        code, _, errors = run_tool(COLOUR, folder / 'colour.json',
                                   '--data-root', tiny_pitch, '--split', split,
                                   '--embeddings', folder / f'{split}.npz')
        assert not code, errors
    return folder


def test_it_fits_reports_and_draws(run_tool, tiny_pitch, embeddings,
                                   tmp_path):
    out, chart = tmp_path / 'fit.json', tmp_path / 'fit.png'
    code, printed, errors = run_tool(
        TOOL, out, '--data-root', tiny_pitch, '--valid',
        embeddings / 'valid.npz', '--test', embeddings / 'test.npz',
        '--false-accept-rate', .1, '--chart', chart)
    assert not code, errors
    assert read_calibration(out).false_accept_rate == .1
    for text in ('no match', 'calibration error', 'fitted for 10 % false',
                 'first rank wrong', str(out)):
        assert text in printed
    assert cv2.imread(str(chart)).shape == (1200, 1200, 3)
    before = out.read_bytes()
    code, printed, _ = run_tool(TOOL, out, '--data-root', tiny_pitch,
                                '--valid', embeddings / 'valid.npz',
                                '--false-accept-rate', .1)
    assert not code and 'calibration error' not in printed
    assert out.read_bytes() == before


def test_another_split_than_valid_is_not_fitted(run_tool, tiny_pitch,
                                                embeddings, tmp_path):
    code, _, errors = run_tool(TOOL, tmp_path / 'fit.json', '--data-root',
                               tiny_pitch, '--valid', embeddings / 'test.npz')
    assert code == 1 and errors.count('\n') == 1
    assert "test.npz holds embeddings of 'test', but those of valid" in errors
    assert not (tmp_path / 'fit.json').exists()


@pytest.mark.parametrize('arguments, text', [
    (['fit.txt', '--valid', 'a'], 'fit.txt must end in .json'),
    (['fit.json', '--valid', 'a', '--chart', 'b.png'], 'give --test too'),
    (['fit.json', '--valid', 'a', '--test', 'b', '--chart', 'b.gif'],
     'b.gif must end in .png'),
    (['fit.json', '--valid', 'a'], 'There is no file a'),
])
def test_wrong_arguments_are_one_sentence(run_tool, tmp_path, arguments,
                                          text):
    code, _, errors = run_tool(TOOL, *arguments, '--data-root', tmp_path)
    assert code == 1 and text in errors and errors.count('\n') == 1
