"""Saved embeddings, ranked."""

import json

import pytest
from random_classifier import random_classifier
from random_embeddings import save_random
from SoccerNet.Evaluation.ReIdentification import evaluate

from snreid_mm.evaluation.embedding_file import (SavedEmbeddings, join_records,
                                                 read_embeddings,
                                                 write_embeddings)
from snreid_mm.evaluation.metrics import matching_files
from snreid_mm.evaluation.metrics.matching_files import (read_cues,
                                                         write_own_frame)
from snreid_mm.results.matched import rank_saved
from snreid_mm.results.tuning import tune_on_valid
from snreid_mm.soccernet import load_index


@pytest.fixture(scope='module')
def saved(tiny_pitch, tmp_path_factory):
    """Random embeddings of each split."""
    folder = tmp_path_factory.mktemp('saved')
    return {
        split: save_random(folder / f'{split}.npz', tiny_pitch, split)
        for split in ('valid', 'test', 'challenge')
    }


def test_ranked_and_scored(saved, tiny_pitch, tmp_path):
    tuned = tune_on_valid(saved['valid'], str(tiny_pitch),
                          methods=['dual_softmax'])
    assert list(tuned['scores']) == ['plain', 'dual_softmax']
    assert tuned['tuned_on']['split'] == 'valid' and not tuned['own_frame']
    path = tmp_path / 'matching.json'
    path.write_text(json.dumps(tuned))
    matched = rank_saved(saved['test'], str(tiny_pitch), path, 'test')
    scores = matched.scores()
    assert list(matched.rankings) == list(scores) == ['plain', 'dual_softmax']
    for name, ranking in matched.rankings.items():
        file = tmp_path / 'ranking.json'
        file.write_text(json.dumps({
            str(k): v for k, v in ranking.to_dict(
                matched.query, matched.gallery).items()
        }))
        official = evaluate(str(tiny_pitch / 'test/bbox_info.json'), str(file))
        assert scores[name]['mAP'] == pytest.approx(100 * official['mAP'])
    # What it scores on valid is what tuning saw there.
    again = rank_saved(saved['valid'], str(tiny_pitch), path).scores()
    for name in again:
        assert again[name]['mAP'] == pytest.approx(
            tuned['scores'][name]['mAP'])


def test_saved_cues_spare_the_images(saved, tiny_pitch, tmp_path,
                                     monkeypatch):
    own_frame, tuned = tmp_path / 'own_frame.json', tmp_path / 'matching.json'
    write_own_frame(own_frame, random_classifier(), {})

    def match(paths):
        content = tune_on_valid(
            paths['valid'], str(tiny_pitch), own_frame, ['dual_softmax'])
        del content['tuned_on']['embeddings']  # the digest of the file
        tuned.write_text(json.dumps(content))
        return content, rank_saved(paths['test'], str(tiny_pitch), tuned)

    content, matched = match(saved)
    measured = {}
    for split in ('valid', 'test'):
        measured[split] = tmp_path / f'{split}.npz'
        embeddings = join_records(
            read_embeddings(saved[split]), load_index(str(tiny_pitch), split))
        write_embeddings(
            measured[split],
            embeddings._replace(
                query_cues=read_cues(embeddings.query.names),
                gallery_cues=read_cues(embeddings.gallery.names)))

    def fail(*_):
        raise AssertionError('images are read')

    monkeypatch.setattr(matching_files, 'read_cues', fail)
    again, others = match(measured)
    assert again == content
    for name, ranking in matched.rankings.items():
        one, two = (each.to_dict(matched.query, matched.gallery)
                    for each in (ranking, others.rankings[name]))
        assert one == two
    with pytest.raises(AssertionError, match='images are read'):
        match(saved)


def test_without_labels(saved, tiny_pitch):
    matched = rank_saved(saved['challenge'], str(tiny_pitch))
    assert list(matched.rankings) == ['plain'] and matched.scores() == {}


def test_another_split_is_refused(saved, tiny_pitch):
    with pytest.raises(ValueError, match="of 'test', but those of valid"):
        rank_saved(saved['test'], str(tiny_pitch), split='valid')
