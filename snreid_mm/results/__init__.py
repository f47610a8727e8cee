"""Many runs, put together in one table of results."""

from .execution import execute, make_executors
from .plan import Run, plan_runs
from .quick import shrink
from .summary import Row, collect, markdown, write_tables

__all__ = [
    'Row', 'Run', 'collect', 'execute', 'make_executors', 'markdown',
    'plan_runs', 'shrink', 'write_tables'
]
