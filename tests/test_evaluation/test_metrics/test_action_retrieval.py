import contextlib
import io
import json
import pickle
from unittest.mock import patch

import cv2
import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmpretrain.structures import DataSample
from random_classifier import random_classifier
from SoccerNet.Evaluation.ReIdentification import evaluate
from two_ranks import HELPERS, run_by_two

from snreid_mm.evaluation import ActionRetrievalMetric
from snreid_mm.evaluation.embedding_file import read_embeddings
from snreid_mm.evaluation.functional import rank_within_actions
from snreid_mm.evaluation.functional.matching import METHODS
from snreid_mm.evaluation.metrics.matching_files import write_own_frame
from snreid_mm.registry import METRICS
from snreid_mm.utils.frame_cues import frame_cues
from snreid_mm.utils.images import read_image


def _samples(make_split, seed=0, labelled=True, length=8, actions=6):
    """Draw what a model gives in predict mode, queries and gallery mixed."""
    rng = np.random.default_rng(seed)
    samples = []
    for crops, subset in zip(
            make_split(rng, actions=actions), ('query', 'gallery')):
        for i in range(len(crops)):
            sample = DataSample(metainfo=dict(
                img_path=f'{subset}/{crops.names[i]}',
                ori_shape=(int(crops.height[i]), 20),
                img_shape=(256, 128),
                bbox_idx=int(crops.bbox_idx[i]),
                action_idx=int(crops.action_idx[i]),
                person_uid=int(crops.person_uid[i]) if labelled else None,
                role=crops.role[i] if labelled else None,
                subset=subset))
            sample.set_field(
                torch.from_numpy(
                    rng.standard_normal(length).astype(np.float32)),
                'embedding')
            samples.append(sample)
    return samples


def _run(samples, size=None, **kwargs):
    evaluator = Evaluator([ActionRetrievalMetric(**kwargs)])
    for begin in range(0, len(samples), 7):
        evaluator.process(samples[begin:begin + 7])
    return evaluator.evaluate(len(samples) if size is None else size)


def test_it_is_built_from_a_config():
    metric = METRICS.build(dict(type='snreid_mm.ActionRetrievalMetric'))
    assert isinstance(metric, ActionRetrievalMetric)
    assert metric.prefix == 'reid'


def test_the_scores_are_those_of_soccernet_on_the_written_file(
        tmp_path, make_split, write_ground_truth):
    path = tmp_path / 'ranking.json'
    scores = _run(_samples(make_split), ranking_file=str(path))
    assert list(scores) == [
        'reid/mAP', 'reid/rank-1', 'reid/rank-5', 'reid/rank-10'
    ]
    truth = write_ground_truth(
        tmp_path / 'truth.json',
        *make_split(np.random.default_rng(0), actions=6))
    with contextlib.redirect_stdout(io.StringIO()):
        official = evaluate(str(truth), str(path))
    assert scores['reid/mAP'] == pytest.approx(
        100 * official['mAP'], abs=1e-4)
    assert scores['reid/rank-1'] == pytest.approx(
        100 * official['rank-1'], abs=1e-4)
    json.dumps(scores)  # plain numbers, as tools/test.py --out dumps them


def test_topk_and_prefix(make_split):
    scores = _run(_samples(make_split), topk=3, prefix='test')
    assert list(scores) == ['test/mAP', 'test/rank-3']


def test_the_breakdown_adds_up(make_split):
    samples = _samples(make_split, actions=20)
    scores = _run(samples, breakdown=('role', 'size'))
    queries = [s for s in samples if s.subset == 'query']
    for kind, groups in dict(
            role=('Main_referee', 'Player_team_left'),
            size=('under_64px', '64_to_127px', '128_to_255px',
                  'from_256px')).items():
        counts = [scores[f'reid/{kind}/{group}/queries'] for group in groups]
        assert sum(counts) == len(queries)
        for name in ('mAP', 'rank-1'):
            mean = sum(
                count * scores[f'reid/{kind}/{group}/{name}']
                for count, group in zip(counts, groups)) / len(queries)
            assert mean == pytest.approx(scores[f'reid/{name}'])
    small = sum(s.ori_shape[0] < 64 for s in queries)
    assert scores['reid/size/under_64px/queries'] == small
    assert 'reid/size/under_64px/mAP' in _run(samples, breakdown='size')


def test_labels_change_no_ranking(tmp_path, make_split):
    def rank(samples, name):
        path = tmp_path / f'{name}.json'
        return _run(samples, ranking_file=str(path)), path.read_bytes()

    rng = np.random.default_rng(0)
    scores, ranking = rank(_samples(make_split), 'a')
    # Round embeddings tie, so the rule for ties is tested as well.
    for seed, tie in ((0, False), (0, True)):
        plain, moved = (_samples(make_split, seed) for _ in range(2))
        for sample in (*plain, *moved):
            if tie:
                sample.embedding = sample.embedding.sign()
        # Who is who, shuffled within each action, so that every query keeps
        # a match; every other label is made up.
        by_action = {}
        for sample in moved:
            by_action.setdefault(sample.action_idx, []).append(sample)
        for group in by_action.values():
            uids = sorted({s.person_uid for s in group})
            renamed = dict(zip(uids, rng.permutation(uids).tolist()))
            in_gallery = [s for s in group if s.subset == 'gallery']
            shuffled = rng.permutation([s.person_uid for s in in_gallery])
            for sample, uid in zip(in_gallery, shuffled.tolist()):
                sample.set_metainfo(dict(person_uid=renamed[uid]))
            for sample in group:
                if sample.subset == 'query':
                    sample.set_metainfo(
                        dict(person_uid=renamed[sample.person_uid]))
                sample.set_metainfo(dict(role='Staff_members', frame_idx=3))
        first, second = rank(plain, 'b'), rank(moved, 'c')
        assert first[1] == second[1]
        assert first[0] != second[0]
        if not tie:
            assert (scores, ranking) == first
    unlabelled = _samples(make_split, labelled=False)
    assert rank(unlabelled, 'd')[1] == ranking


def test_no_label_is_handed_to_the_ranking(make_split):
    target = 'snreid_mm.evaluation.metrics.action_retrieval'
    with patch(
            f'{target}.rank_within_actions',
            side_effect=rank_within_actions) as rank:
        _run(_samples(make_split))
    for crops in rank.call_args.args[2:]:
        assert crops.person_uid is None and crops.role is None


def test_a_split_without_labels_is_ranked_and_not_scored(tmp_path,
                                                         make_split):
    samples = _samples(make_split, labelled=False)
    path = tmp_path / 'out' / 'ranking.json'
    result = _run(samples, ranking_file=str(path), zip_rankings=True)
    queries = sum(s.subset == 'query' for s in samples)
    assert result == {
        'reid/queries': queries,
        'reid/gallery': len(samples) - queries,
        'reid/actions': 6
    }
    assert len(json.loads(path.read_text())) == queries
    assert path.with_suffix('.zip').is_file()


def test_a_lost_ranking_is_warned_of(make_split):
    target = 'snreid_mm.evaluation.metrics.action_retrieval.print_log'
    with patch(target) as log:
        _run(_samples(make_split, labelled=False))
    messages = [call.args[0] for call in log.call_args_list]
    assert any('neither ranking_file nor' in message for message in messages)
    with patch(target) as log:
        _run(_samples(make_split))
    assert 'chance scores mAP' in log.call_args.args[0]


def test_repeated_images_count_once(make_split):
    samples = _samples(make_split)
    expected = _run(samples, prefix='x')
    metric = ActionRetrievalMetric(prefix='x')
    metric.process(None, [sample.to_dict() for sample in samples])
    for sample in samples[:5]:
        # As a batch of another size rounds it.
        again = dict(sample.to_dict(), embedding=sample.embedding * 1.000001)
        metric.process(None, [again])
    scores = metric.compute_metrics(metric.results)
    assert {f'x/{name}': value for name, value in scores.items()} == expected


def test_results_are_the_argument_not_the_attribute(make_split):
    # MMEngine hands over what all ranks gathered.
    metric = ActionRetrievalMetric()
    metric.process(None, [s.to_dict() for s in _samples(make_split)])
    results, metric.results = metric.results, []
    assert metric.compute_metrics(results)['mAP'] > 0


def _contradiction(samples):
    twin = samples[0].clone()
    twin.embedding = twin.embedding + 1
    samples.append(twin)


def _same_index(samples):
    twin = samples[0].clone()
    twin.set_metainfo(dict(img_path='query/other.png'))
    samples.append(twin)


def _set(position, **values):

    def change(samples):
        for key, value in values.items():
            if key == 'embedding':
                samples[position].set_field(value, key)
            else:
                samples[position].set_metainfo({key: value})

    return change


@pytest.mark.parametrize('change, message', [
    (_contradiction, 'query-0.png.* embedded twice'),
    (_same_index, 'query 0.*img_path differs.*query-0.png.*other.png'),
    (_set(0, embedding=torch.zeros(9)), 'same shape'),
    (_set(0, embedding=torch.zeros(1, 8)), 'same shape'),
    (_set(3, embedding=torch.full((8, ), torch.nan)),
     'NaN or Inf in 1 of.*query-3.png'),
    (_set(-1, embedding=torch.full((8, ), torch.inf)),
     'NaN or Inf in 1 of.*gallery crop-'),
    (_set(0, person_uid=10**6), 'no match for query 0 .*person 1000000'),
    (_set(0, action_idx=10**6), 'query 0 of action 1000000.*no crop'),
    (_set(0, subset=None), 'query-0.png has subset None'),
    (_set(0, person_uid=None), 'have no person_uid.*query-0.png'),
])
def test_bad_predictions_are_named(make_split, change, message):
    samples = _samples(make_split)
    change(samples)
    with pytest.raises(ValueError, match=message):
        _run(samples)


@pytest.mark.parametrize('key, message', [
    ('embedding', "no 'embedding' .*query-0.png.*predict mode"),
    ('bbox_idx', "no 'bbox_idx' .*query-0.png.*meta_keys"),
    ('subset', "no 'subset'"),
])
def test_a_missing_field_is_named(make_split, key, message):
    sample = _samples(make_split)[0].to_dict()
    del sample[key]
    with pytest.raises(ValueError, match=message):
        ActionRetrievalMetric().process(None, [sample])


@pytest.mark.parametrize('kind, key', [('size', 'ori_shape'),
                                       ('role', 'role')])
def test_a_breakdown_without_its_key_is_refused(make_split, kind, key):
    samples = [sample.to_dict() for sample in _samples(make_split)]
    for sample in samples:
        del sample[key]
    with pytest.raises(ValueError, match=f'{kind}.*{key}.*meta_keys'):
        _run(samples, breakdown=kind)


def test_a_part_of_the_split_is_refused(make_split):
    samples = _samples(make_split)
    message = f'Only {len(samples)} of {len(samples) + 1} images'
    with pytest.raises(ValueError, match=message):
        _run(samples, size=len(samples) + 1)
    with pytest.raises(ValueError, match=message):
        _run(samples + samples[:1])


def test_one_list_alone_is_refused(make_split):
    samples = _samples(make_split)
    for subset in ('query', 'gallery'):
        with pytest.raises(ValueError, match='There is no '):
            _run([s for s in samples if s.subset == subset])


@pytest.mark.parametrize('kwargs, message', [
    (dict(breakdown='height'), "breakdown .*'height'"),
    (dict(ranking_file='a.txt'), "ends in .json.* but it is 'a.txt'"),
    (dict(zip_rankings=True), 'zip_rankings needs one, but it is None'),
])
def test_wrong_arguments_are_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        ActionRetrievalMetric(**kwargs)


def test_an_embedding_is_copied_out_of_its_batch():
    # Or the memory of whole batches would be held by a slice of each.
    batch = torch.zeros(4, 8, dtype=torch.bfloat16, requires_grad=True)
    metric = ActionRetrievalMetric()
    metric.process(
        None,
        [dict(embedding=batch[1], bbox_idx=0, action_idx=0, subset='query')])
    kept = metric.results[0]['embedding']
    assert kept.dtype == np.float32 and kept.base is None


def test_two_processes_score_as_one(tmp_path, make_split):
    samples = [sample.to_dict() for sample in _samples(make_split)]
    if len(samples) % 2 == 0:  # the last rank must get a repeated image
        twin = next(s for s in samples if s['subset'] == 'gallery')
        samples.append(dict(twin, bbox_idx=10**6, person_uid=10**6))
    expected = _run(
        samples, breakdown='role', ranking_file=str(tmp_path / 'one.json'))
    (tmp_path / 'samples.pkl').write_bytes(pickle.dumps(samples))
    run_by_two(HELPERS / 'one_of_two_ranks.py', tmp_path, tmp_path)
    for rank in range(2):
        scores, error = json.loads((tmp_path / f'rank{rank}.json').read_text())
        assert scores == expected
        assert (rank == 0) == ('ranks in turns' in (error or ''))
    assert (tmp_path / 'one.json').read_bytes() == (
        tmp_path / 'two.json').read_bytes()


EVERY_WAY = [
    dict(type=method, own_frame=weight) for method in METHODS
    for weight in (0, .5)
]


@pytest.fixture
def classifier_file(tmp_path):
    path = tmp_path / 'own_frame.json'
    write_own_frame(path, random_classifier(slope=3., bias=120.), {})
    return str(path)


def _with_images(samples, folder):
    """Give every sample an image of its own, of a name that tells nothing."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    for i, sample in enumerate(samples):
        path = folder / f'{i}.png'
        cv2.imwrite(str(path), rng.integers(0, 255, (30, 20, 3), np.uint8))
        sample.set_metainfo(dict(img_path=str(path)))
    return samples


def test_matchings_have_scores_and_files_of_their_own(tmp_path, make_split):
    samples = _samples(make_split)
    plain = _run(samples)
    scores = _run(
        samples,
        ranking_file=str(tmp_path / 'ranking.json'),
        zip_rankings=True,
        topk=1,
        matching=[dict(type='distance'),
                  dict(type='sinkhorn', bin_distance=5.)])
    assert list(scores) == [
        'reid/mAP', 'reid/rank-1', 'reid/distance/mAP',
        'reid/distance/rank-1', 'reid/sinkhorn/mAP', 'reid/sinkhorn/rank-1'
    ]
    assert scores['reid/mAP'] == plain['reid/mAP']
    assert scores['reid/distance/mAP'] == plain['reid/mAP']
    assert scores['reid/sinkhorn/mAP'] != plain['reid/mAP']
    written, same, other = (
        (tmp_path / f'ranking{name}.json').read_bytes()
        for name in ('', '_distance', '_sinkhorn'))
    assert written == same != other
    assert (tmp_path / 'ranking_sinkhorn.zip').is_file()


def test_no_matching_sees_a_label(tmp_path, make_split, classifier_file):
    samples = _with_images(_samples(make_split), tmp_path / 'images')

    def rank(name):
        scores = _run(
            samples,
            matching=EVERY_WAY,
            own_frame=classifier_file,
            ranking_file=str(tmp_path / name / 'ranking.json'))
        files = sorted((tmp_path / name).iterdir())
        assert len(files) == 1 + len(EVERY_WAY)
        return scores, {path.name: path.read_bytes() for path in files}

    scores, rankings = rank('as_labelled')
    # Who is who shuffled within each action, by the same rule in both lists.
    rng = np.random.default_rng(0)
    by_action = {}
    for sample in samples:
        by_action.setdefault(sample.action_idx, []).append(sample)
    for group in by_action.values():
        uids = sorted({s.person_uid for s in group if s.subset == 'query'})
        gallery = [s for s in group if s.subset == 'gallery']
        shuffled = rng.permutation([s.person_uid for s in gallery])
        renamed = dict(zip(uids, rng.permutation(uids).tolist()))
        for sample, uid in zip(gallery, shuffled.tolist()):
            sample.set_metainfo(dict(person_uid=uid))
        for sample in group:
            if sample.subset == 'query':
                uid = renamed[sample.person_uid]
                sample.set_metainfo(dict(person_uid=uid))
            sample.set_metainfo(
                dict(
                    role=str(rng.choice(['Staff_members', 'Side_referee'])),
                    jersey=str(rng.integers(99)),
                    frame_idx=int(rng.integers(9))))
    again, scrambled = rank('scrambled')
    assert scrambled == rankings
    assert again != scores
    for sample in samples:
        sample.set_metainfo(
            dict.fromkeys(('person_uid', 'role', 'jersey', 'frame_idx')))
    assert rank('unlabelled')[1] == rankings


def test_images_are_read_only_for_the_own_frame(tmp_path, make_split,
                                                classifier_file):
    samples = _samples(make_split)
    _run(samples, matching=dict(type='distance'), own_frame=classifier_file)
    own = dict(
        matching=dict(type='distance', own_frame=1.),
        own_frame=classifier_file)
    with pytest.raises(ValueError, match='query-.*cannot be read'):
        _run(samples, **own)
    bare = samples[0].to_dict()
    del bare['img_path']
    with pytest.raises(ValueError, match="needs 'img_path'"):
        ActionRetrievalMetric(**own).process(None, [bare])
    _with_images(samples, tmp_path / 'images')
    scores = _run(samples, **own)
    assert scores['reid/distance_own_frame/mAP'] != scores['reid/mAP']


def test_cues_of_the_pipeline_are_used_and_saved(tmp_path, make_split,
                                                 classifier_file):
    own = dict(
        matching=dict(type='distance', own_frame=1.),
        own_frame=classifier_file)
    samples = _with_images(_samples(make_split), tmp_path / 'images')
    expected = _run(samples, **own)
    for sample in samples:
        cues = frame_cues(read_image(sample.img_path))
        sample.set_metainfo(dict(img_path='gone.png', frame_cues=cues))
    path = tmp_path / 'embeddings.npz'
    assert _run(samples, embeddings_file=str(path), **own) == expected
    both = read_embeddings(path)
    # Without a matching that needs them too.
    _run(samples, embeddings_file=str(path))
    for saved in (both, read_embeddings(path)):
        for subset in ('query', 'gallery'):
            np.testing.assert_array_equal(
                getattr(saved, f'{subset}_cues'),
                [s.frame_cues for s in samples if s.subset == subset])


def test_embeddings_are_saved(tmp_path, make_split):
    samples = _samples(make_split)
    path = tmp_path / 'embeddings.npz'
    metric = ActionRetrievalMetric(embeddings_file=str(path))
    metric.dataset_meta = dict(split='valid')
    metric.process(None, [sample.to_dict() for sample in samples])
    metric.compute_metrics(metric.results)
    saved = read_embeddings(path)
    assert saved.split == 'valid'
    for crops, embeddings, subset in (
        (saved.query, saved.query_embeddings, 'query'),
        (saved.gallery, saved.gallery_embeddings, 'gallery')):
        expected = [s for s in samples if s.subset == subset]
        assert [s.bbox_idx for s in expected] == crops.bbox_idx.tolist()
        assert [s.action_idx for s in expected] == crops.action_idx.tolist()
        np.testing.assert_array_equal(
            embeddings, [s.embedding.numpy() for s in expected])


@pytest.mark.parametrize('kwargs, message', [
    (dict(matching=dict(type='no')), "type 'no': choose one of"),
    (dict(matching=[dict(type='sinkhorn')] * 2), "names 'sinkhorn' twice"),
    (dict(matching=dict(type='distance', own_frame=1.)),
     "'distance_own_frame' needs a classifier"),
    (dict(embeddings_file='a.json'), "ends in .npz, but it is 'a.json'"),
])
def test_wrong_matchings_are_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        ActionRetrievalMetric(**kwargs)
