from collections import Counter
from typing import Sequence

from mmengine.dist import all_gather_object
from mmengine.hooks import Hook

from snreid_mm.registry import HOOKS
from snreid_mm.soccernet.matches import parse_match


@HOOKS.register_module()
class BatchReportHook(Hook):
    """Log, after each epoch, what the sampler has put into the batches.

    Two numbers: how many different images there are among those drawn, over
    all ranks, and how many negatives of its own team an anchor meets in the
    batch of its rank. A team is a match and the part of the class after
    ``_team_``, as the data give it; anchors without one are left out. The
    numbers go to the visualizer too, as ``batches/unique_images`` (a share)
    and ``batches/same_team_negatives``.

    Training by iterations has epochs too: passes over the data loader.

    Raises:
        ValueError: If the samples do not say their image and class.

    Example:
        >>> custom_hooks = [dict(type='snreid_mm.BatchReportHook')]
    """

    def before_train(self, runner) -> None:
        """Begin to count."""
        self._begin()

    def after_train_iter(self,
                         runner,
                         batch_idx: int,
                         data_batch=None,
                         outputs=None) -> None:
        """Count a batch; after the last of an epoch log the numbers."""
        self._count(data_batch['data_samples'])
        if not self.every_n_train_iters(runner, len(runner.train_dataloader)):
            return
        images, drawn, anchors, negatives = zip(*all_gather_object(
            [self._images, self._drawn, self._anchors, self._negatives]))
        unique, drawn = len(set().union(*images)), sum(drawn)
        met = sum(negatives) / max(sum(anchors), 1)
        runner.logger.info(
            f'{unique} different images among {drawn} drawn '
            f'({unique / drawn:.1%}); an anchor has met {met:.1f} negatives '
            'of its own team')
        runner.visualizer.add_scalars(
            {
                'batches/unique_images': unique / drawn,
                'batches/same_team_negatives': met
            },
            step=runner.iter + 1)
        self._begin()

    def _begin(self) -> None:
        self._images: set = set()
        self._drawn = self._anchors = self._negatives = 0

    def _count(self, samples: Sequence) -> None:
        for key in ('img_path', 'role'):
            if not all(key in sample for sample in samples):
                raise ValueError(
                    f'A sample has no {key}, which BatchReportHook counts '
                    f'by: add \'{key}\' to the meta_keys of PackInputs in the '
                    'training pipeline.')
        self._images.update(sample.img_path for sample in samples)
        self._drawn += len(samples)
        people = [(parse_match(sample.img_path),
                   sample.role.partition('_team_')[2], int(sample.gt_label))
                  for sample in samples if '_team_' in sample.role]
        teams, alone = Counter(p[:2] for p in people), Counter(people)
        self._anchors += len(people)
        self._negatives += sum(teams[p[:2]] - alone[p] for p in people)
