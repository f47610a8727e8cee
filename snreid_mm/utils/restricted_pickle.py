"""Load checkpoints safely below torch 2.6.

``torch.load`` takes a module in the place of ``pickle``. This one finds no
name but those that it was given, as Python's documentation of pickle advises
(https://docs.python.org/3/library/pickle.html#restricting-globals), and fills
only objects of known types, so that a class or a function cannot be changed.
torch's own unpickler, behind ``weights_only=True``, learns more types only
since 2.6.
"""

import pickle
from types import SimpleNamespace
from typing import Dict


def restrict_pickle(names: Dict[str, object],
                    types: tuple) -> SimpleNamespace:
    """Make what ``torch.load`` takes as its ``pickle_module``.

    Args:
        names (dict[str, object]): What a file may name, by module and name.
        types (tuple[type]): Whose objects a file may fill, besides those of
            the list and the dict.

    Returns:
        SimpleNamespace: ``Unpickler`` and ``load``. They raise an
        ``UnpicklingError`` that names what a file must not name or fill.
    """

    # The one in Python: that in C does not show what it fills.
    class Unpickler(pickle._Unpickler):

        dispatch = dict(pickle._Unpickler.dispatch)

        def find_class(self, module, name):
            # As Python 2 had it, which pickle's second protocol keeps.
            module = 'builtins' if module == '__builtin__' else module
            try:
                return names[f'{module}.{name}']
            except KeyError:
                raise pickle.UnpicklingError(
                    f'{module}.{name} is nothing that a checkpoint '
                    'needs') from None

        def load_build(self):
            filled = type(self.stack[-2])
            if filled not in types:
                raise pickle.UnpicklingError(
                    f'no checkpoint fills a {filled.__name__}')
            super().load_build()

        dispatch[pickle.BUILD[0]] = load_build

    return SimpleNamespace(
        __name__=__name__,  # torch asks for it
        Unpickler=Unpickler,
        load=lambda file, **options: Unpickler(file, **options).load())
