"""Read the text of a config as data, without running it."""

import ast
import math

# What `repr` writes for these numbers is a name to Python.
_NUMBERS = dict(inf=math.inf, nan=math.nan)


def parse_plain_config(text: str) -> dict:
    """Parse what ``Config.pretty_text`` has formatted.

    MMEngine keeps that text in a checkpoint, and executes it as Python when
    it wants the config back. Here only assignments of literals and of
    ``dict(key=literal)`` are read.

    Raises:
        ValueError: If the text holds anything else, or takes over another
            file.
    """
    try:
        config = {}
        for line in _Literals().visit(ast.parse(text)).body:
            (target, ), value = line.targets, line.value
            config[target.id] = ast.literal_eval(value)
    except (AttributeError, MemoryError, RecursionError, SyntaxError,
            TypeError, ValueError) as error:
        raise ValueError(f'The config is no plain data ({error}).') from error
    if '_base_' in config:  # MMEngine would run that file
        raise ValueError('The config is not whole: it has a _base_.')
    return config


class _Literals(ast.NodeTransformer):
    """Write the calls and names of plain data as literals."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == 'dict':
            if not node.args and all(each.arg for each in node.keywords):
                return ast.Dict(
                    [ast.Constant(each.arg) for each in node.keywords],
                    [each.value for each in node.keywords])
            # MMEngine writes dict({'a b': 1}) where a key is no identifier.
            if len(node.args) == 1 and isinstance(node.args[0], ast.Dict) \
                    and not node.keywords:
                return node.args[0]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        is_value = isinstance(node.ctx, ast.Load)
        if is_value and node.id in _NUMBERS:
            return ast.Constant(_NUMBERS[node.id])
        return node
