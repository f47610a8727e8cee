"""Reading JSON that must be whole and hold no key twice."""

import json
from collections import Counter
from typing import Any, List, Tuple, Union


def parse_json(text: Union[bytes, str], source: str, remedy: str) -> Any:
    """Parse JSON, and refuse an object that gives a key twice, or an integer
    that does not fit into 64 bits.

    ``json.loads`` silently keeps the last of two equal keys.

    Args:
        text (bytes | str): The JSON.
        source (str): The file it is from, for messages.
        remedy (str): What to do if it is refused, for messages: ``'fetch
            the split again'``.

    Raises:
        ValueError: If it is not whole JSON, repeats a key or holds too large
            an integer.
    """

    def unique(pairs: List[Tuple[str, Any]]) -> dict:
        mapping = dict(pairs)
        if len(mapping) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            twice = counts.most_common(1)[0][0]
            raise ValueError(f'{source} holds the key {twice!r} twice in '
                             f'one object; {remedy}.')
        return mapping

    def small(digits: str) -> int:
        # Python refuses to read thousands of digits, and NumPy more than 19.
        if len(digits) > 20 or not -2**63 <= int(digits) < 2**63:
            raise ValueError(f'{source} holds the number {digits[:20]}…, '
                             f'which does not fit into 64 bits; {remedy}.')
        return int(digits)

    try:
        return json.loads(text, object_pairs_hook=unique, parse_int=small)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(
            f'{source} is not whole JSON ({error}); {remedy}.') from error
    except RecursionError as error:
        raise ValueError(f'{source} holds lists or objects too deep in each '
                         f'other; {remedy}.') from error
