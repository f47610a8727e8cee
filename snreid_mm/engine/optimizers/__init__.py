from .bfloat16_wrapper import Bfloat16OptimWrapper

__all__ = ['Bfloat16OptimWrapper']
