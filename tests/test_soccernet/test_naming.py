import pytest

from snreid_mm.soccernet import ROLES, format_file_name, parse_file_name

# The example of sn-reid's README.
NAME = '54404-1940-33397-5089-Player_team_right-9-014r002_00858c3b0003-' \
    '775x449.png'
ENTRY = dict(
    bbox_idx=54404,
    action_idx=1940,
    person_uid=33397,
    frame_idx=5089,
    clazz='Player_team_right',
    id='9',
    UAI='014r002_00858c3b0003',
    height=775,
    width=449)


def test_read_the_documented_example():
    entry = parse_file_name(NAME)
    assert entry == ENTRY
    assert all(type(entry[key]) is type(ENTRY[key]) for key in ENTRY)


def test_read_a_challenge_name():
    assert parse_file_name(
        '7-1201-80x41.png', labelled=False) == dict(
            bbox_idx=7, action_idx=1201, height=80, width=41)


@pytest.mark.parametrize('role', ROLES)
@pytest.mark.parametrize('jersey', ['9', '23', 'A', 'None'])
def test_labelled_round_trip(role, jersey):
    entry = dict(ENTRY, clazz=role, id=jersey)
    assert parse_file_name(format_file_name(entry)) == entry


def test_challenge_round_trip():
    name = '0-0-20x11.png'
    assert format_file_name(parse_file_name(name, labelled=False)) == name


def test_format_takes_what_the_json_holds():
    # The JSON has more keys than the name, and its numbers are numbers.
    assert format_file_name(dict(ENTRY, relative_path='a/b', id=9)) == NAME
    assert '-None-' in format_file_name(dict(ENTRY, id=None))


@pytest.mark.parametrize('name', [
    '',
    'crop.png',
    '7-1201-80x41.png',  # a challenge name
    NAME.replace('.png', '.jpg'),
    NAME.replace('.png', '.PNG'),
    NAME.replace('.png', '.png\n'),
    NAME.replace('775x449', '775'),
    NAME.replace('775x449', '-775x449'),
    NAME.replace('33397', 'None'),
    NAME.replace('54404', ''),
    NAME.replace('54404', '٣'),  # a digit, but no ASCII digit
    NAME.replace('-9-', '-'),
    NAME.replace('-9-', '-9-9-'),
    ' ' + NAME,
    NAME.replace('54404', '9' * 19),  # more than 64 bits may hold
    NAME.replace('54404', '9' * 5000),
])
def test_bad_labelled_names_are_refused(name):
    with pytest.raises(ValueError) as caught:
        parse_file_name(name)
    message = str(caught.value)
    assert repr(name) in message
    assert '<bbox_idx>-<action_idx>-<person_uid>' in message


@pytest.mark.parametrize('name', [NAME, '7-80x41.png', '7-1-2-80x41.png'])
def test_bad_challenge_names_are_refused(name):
    with pytest.raises(ValueError, match='<bbox_idx>-<action_idx>-<height>'):
        parse_file_name(name, labelled=False)


def test_format_needs_every_part():
    entry = dict(ENTRY)
    del entry['UAI']
    with pytest.raises(KeyError, match='UAI'):
        format_file_name(entry)
