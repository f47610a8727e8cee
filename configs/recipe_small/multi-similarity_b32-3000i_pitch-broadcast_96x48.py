# pytorch-metric-learning's multi-similarity loss, its miner and a memory of
# eight batches, in the place of the softmax over identities.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

model = dict(
    head=dict(
        losses=dict(
            _delete_=True,
            similarity=dict(
                type='snreid_mm.MetricLearningLoss',
                loss=dict(type='MultiSimilarityLoss', base=0.5),
                miner=dict(type='MultiSimilarityMiner'),
                memory=dict(embedding_size=256, memory_size=256)))))
