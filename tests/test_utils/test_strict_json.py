import pytest

from snreid_mm.utils.strict_json import parse_json


@pytest.mark.parametrize('text', ['{"a": [{"b": 1}, {"b": 2}]}',
                                  b'{"a": [{"b": 1}, {"b": 2}]}'])
def test_it_parses_text_and_bytes(text):
    assert parse_json(text, 'a.json', 'x') == dict(a=[dict(b=1), dict(b=2)])


@pytest.mark.parametrize('text, what', [
    (b'{"a": [1', 'is not whole JSON ('),
    (b'', 'is not whole JSON ('),
    (b'{"a": "\xff"}', 'is not whole JSON ('),
    (b'{"a": 1, "b": 2, "b": 2}', "holds the key 'b' twice"),
    (b'[{"c": {"d": 1, "d": 2}}]', "holds the key 'd' twice"),
    (b'[' * 100_000, 'holds lists or objects too deep in each other'),
    (b'{"a":' * 100_000, 'holds lists or objects too deep in each other'),
    (b'[9223372036854775808]', 'holds the number 9223372036854775808'),
    (b'[' + b'9' * 5000 + b']', 'holds the number 99999999999999999999'),
])
def test_what_it_refuses_names_the_file_and_the_remedy(text, what):
    with pytest.raises(ValueError) as error:
        parse_json(text, 'a.json', 'fetch it again')
    message = str(error.value)
    assert message.startswith(f'a.json {what}')
    assert message.endswith('; fetch it again.')


def test_it_parses_what_fits_into_64_bits():
    text = f'[{-2**63}, {2**63 - 1}, 1e3]'
    assert parse_json(text, 'a.json', 'x') == [-2**63, 2**63 - 1, 1000.]
