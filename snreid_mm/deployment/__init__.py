from .comparison import Comparison, compare_with_model
from .crops import evenly_spaced, split_of, whole_actions
from .embedding_network import (EmbeddingNetwork, build_model, describe,
                                normalization_of)
from .export_info import ExportInfo, read_resize
from .onnx_backend import OnnxBackend
from .onnx_export import export_onnx, write_info
from .onnx_player_reid import OnnxPlayerReID
from .onnx_precision import quantize_to_int8

__all__ = [
    'Comparison', 'EmbeddingNetwork', 'ExportInfo', 'OnnxBackend',
    'OnnxPlayerReID', 'build_model', 'compare_with_model', 'describe',
    'evenly_spaced', 'export_onnx', 'normalization_of', 'quantize_to_int8',
    'read_resize', 'split_of', 'whole_actions', 'write_info'
]
