from pathlib import Path

import cv2
import numpy as np
import pytest

from snreid_mm.datasets import CustomReID
from snreid_mm.evaluation.calibration_file import read_calibration
from snreid_mm.evaluation.embedding_file import (SavedEmbeddings,
                                                 read_embeddings,
                                                 write_embeddings)
from snreid_mm.soccernet import load_index
from snreid_mm.structures import Crops

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


def test_crops_of_ones_own(run_tool, tiny_pitch, embeddings, tmp_path):
    """The pitch's own valid split, listed in a CSV file, is fitted alike."""
    records = load_index(str(tiny_pitch), 'valid')
    rows = [
        f'{record["img_path"]},{record["person_uid"]},'
        f'{record["action_idx"]:04d},{record["subset"]}' for record in records
    ]
    (tmp_path / 'valid.csv').write_text(
        '\n'.join(['path,identity,group,subset', *rows]) + '\n')
    # Its crops are counted anew.
    saved = read_embeddings(embeddings / 'valid.npz')
    dataset = CustomReID(tmp_path, 'valid')
    place = {(record['subset'], record['img_path']): record['bbox_idx']
             for record in records}
    lists = {}
    for subset in ('query', 'gallery'):
        mine = [each for each in map(dataset.get_data_info,
                                     range(len(dataset)))
                if each['subset'] == subset]
        order = [
            getattr(saved, subset).bbox_idx.tolist().index(
                place[subset, each['img_path']]) for each in mine
        ]
        lists[subset] = Crops.from_records(mine)
        lists[f'{subset}_embeddings'] = getattr(
            saved, f'{subset}_embeddings')[order]
    write_embeddings(tmp_path / 'own.npz', SavedEmbeddings('valid', **lists))
    fits = []
    for root, npz, more in ((tiny_pitch, embeddings / 'valid.npz', []),
                            (tmp_path, tmp_path / 'own.npz', ['--custom'])):
        code, _, errors = run_tool(TOOL, tmp_path / 'fit.json', '--data-root',
                                   root, '--valid', npz, *more)
        assert not code, errors
        fits.append(read_calibration(tmp_path / 'fit.json'))
    np.testing.assert_allclose(fits[0].in_ranking, fits[1].in_ranking,
                               rtol=1e-4)


@pytest.mark.parametrize('arguments, text', [
    (['fit.json', '--valid', 'a', '--query-camera', '1'],
     '--query-camera needs --custom'),
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
