"""Many runs, put together in one table of results."""

from .plan import Run, plan_runs
from .pool import execute, slots
from .quick import shrink
from .summary import Row, collect, markdown, write_tables

__all__ = [
    'Row', 'Run', 'collect', 'execute', 'markdown', 'plan_runs', 'shrink',
    'slots', 'write_tables'
]
