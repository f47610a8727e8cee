"""The classes of people in SoccerNet-v3 ReID."""

#: The ten classes that sn-reid's README names. The released files hold seven.
ROLES = (
    'Player_team_left',
    'Player_team_right',
    'Goalkeeper_team_left',
    'Goalkeeper_team_right',
    'Main_referee',
    'Side_referee',
    'Staff_members',
    'Player_team_unknown_1',
    'Player_team_unknown_2',
    'Goalkeeper_team_unknown',
)


def check_role(role: str, where: str) -> None:
    """Raise a ValueError unless ``role`` is one of the ten classes.

    Args:
        role (str): The class of a crop.
        where (str): The crop, or its entry, for the message.
    """
    if role not in ROLES:
        raise ValueError(
            f'{where} is of the unknown class {role!r}: the classes are '
            f'{", ".join(ROLES)}; correct the entry, or take it out.')
