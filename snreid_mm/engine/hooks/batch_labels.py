from typing import Optional

import torch


def batch_labels(data_batch) -> Optional[torch.Tensor]:
    """Collect the identities of a training batch, shape (N, ); None if a
    sample has none."""
    samples = data_batch.get('data_samples') if isinstance(
        data_batch, dict) else None
    if not samples or any('gt_label' not in each for each in samples):
        return None
    return torch.cat([each.gt_label for each in samples])
