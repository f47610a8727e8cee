from .analysis import Group, Model, Report, Score, analyse
from .writer import write_report

__all__ = ['Group', 'Model', 'Report', 'Score', 'analyse', 'write_report']
