from .batch_hard_triplet_loss import BatchHardTripletLoss
from .centroid_loss import CentroidLoss
from .identity_softmax_loss import IdentitySoftmaxLoss
from .info_nce_loss import InfoNCELoss
from .metric_learning_loss import MetricLearningLoss

__all__ = [
    'BatchHardTripletLoss', 'CentroidLoss', 'IdentitySoftmaxLoss',
    'InfoNCELoss', 'MetricLearningLoss'
]
