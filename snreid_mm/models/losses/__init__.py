from .batch_hard_triplet_loss import BatchHardTripletLoss

__all__ = ['BatchHardTripletLoss']
