"""Many runs, put together in one table of results, and two runs compared."""

from .chart import draw_chart
from .comparison import Side, changed_most, compare, read_side
from .cost_hook import CostHook
from .difference_chart import draw_differences
from .plan import Run, plan_runs
from .pool import execute, slots
from .quick import shrink
from .summary import Row, collect, markdown, write_tables

__all__ = [
    'CostHook', 'Row', 'Run', 'Side', 'changed_most', 'collect', 'compare',
    'draw_chart', 'draw_differences', 'execute', 'markdown', 'plan_runs',
    'read_side', 'shrink', 'slots', 'write_tables'
]
