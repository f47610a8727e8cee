from .osnet import OSNet
from .resnet_mid import ResNetMid

__all__ = ['OSNet', 'ResNetMid']
