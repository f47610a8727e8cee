"""What a synthetic data set is made of: sizes, sights and difficulty."""

from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Tuple

from .realism import BROADCAST, Realism


@dataclass(frozen=True)
class PitchConfig:
    """The settings of :func:`make_pitch`.

    The defaults follow the real data (2.6 frames and 27 boxes an action,
    heights of 20 to 800 pixels); sources are named in :mod:`.scene`.

    Args:
        train_actions (int): Actions of the train split. At least 1.
        valid_actions (int): Actions of the valid split; 0 leaves it out.
        test_actions (int): Actions of the test split; 0 leaves it out.
        challenge_actions (int): Actions of the challenge split; 0 leaves it
            out.
        actions_per_match (int): How many actions two clubs play together
            before two new clubs come. Defaults to 8.
        min_height (int): Boxes lower than this are not written, in pixels.
            Defaults to 20.
        max_height (int): Taller boxes are scaled down to at most this, in
            pixels. Defaults to 800.
        replay_weights (Tuple[float, ...]): How often an action has 1, 2, 3,
            ... replay cameras, relative to each other.
            Defaults to (0.45, 0.32, 0.23).
        action_people (float): People that the action camera is zoomed to
            show, in the median. Defaults to 15.
        replay_people (float): The same for a replay camera, whose zoom
            varies more. Defaults to 4.5.
        crowding (float): How near the players stand to the ball, and so how
            often they hide each other: 0 for formation positions, 1 for a
            scrum. Defaults to 0.45.
        colour_shift (float): How much exposure, white balance, contrast and
            saturation differ between the cameras of an action; 0 for equal
            cameras. Defaults to 1.
        blur (float): Strength of motion blur, defocus and interlacing; 0 for
            none. Defaults to 1.
        compression (float): Strength of the JPEG artefacts; 0 for none.
            Defaults to 1.
        box_jitter (float): Standard deviation of each box edge around the
            person, as a share of the box. Defaults to 0.03.
        numbers (bool): Whether shirts carry numbers. Defaults to True.
        realism (Realism | dict): What broadcast crops have beyond that.
            Defaults to all of it off.

    Raises:
        ValueError: If a value is out of its range.
    """
    train_actions: int
    valid_actions: int = 0
    test_actions: int = 0
    challenge_actions: int = 0
    actions_per_match: int = 8
    min_height: int = 20
    max_height: int = 800
    replay_weights: Tuple[float, ...] = (0.45, 0.32, 0.23)
    action_people: float = 15.
    replay_people: float = 4.5
    crowding: float = 0.45
    colour_shift: float = 1.
    blur: float = 1.
    compression: float = 1.
    box_jitter: float = 0.03
    numbers: bool = True
    realism: Realism = Realism()

    def __post_init__(self):
        for name, low, high in (
            ('train_actions', 1, 100_000), ('valid_actions', 0, 100_000),
            ('test_actions', 0, 100_000), ('challenge_actions', 0, 100_000),
            ('actions_per_match', 1, 1000), ('min_height', 12, 400),
            ('max_height', 24, 1080)):
            self._check(name, Integral, 'an integer', low, high)
        for name, low, high in (
            ('action_people', 2, 26), ('replay_people', 2, 26),
            ('crowding', 0, 1), ('colour_shift', 0, 2), ('blur', 0, 3),
            ('compression', 0, 2), ('box_jitter', 0, 0.15)):
            self._check(name, Real, 'a number', low, high)
        if self.max_height < 2 * self.min_height:
            raise ValueError(
                f'max_height is {self.max_height}, which is less than twice '
                f'min_height ({self.min_height}): raise max_height or lower '
                'min_height.')
        weights = self.replay_weights
        if (not isinstance(weights, (tuple, list))
                or not 1 <= len(weights) <= 6 or not all(
                    isinstance(w, Real) and 0 <= w < float('inf')
                    for w in weights) or not sum(weights) > 0):
            raise ValueError(
                'replay_weights must be 1 to 6 numbers of at least 0, not all '
                f'0, but is {weights!r}.')
        object.__setattr__(self, 'replay_weights',
                           tuple(float(w) for w in weights))
        if isinstance(self.realism, dict):
            unknown = set(self.realism) - {f.name for f in fields(Realism)}
            if unknown:
                raise ValueError(
                    f'realism has no option {min(unknown)!r}: choose of '
                    f'{", ".join(f.name for f in fields(Realism))}.')
            object.__setattr__(self, 'realism', Realism(**self.realism))
        elif not isinstance(self.realism, Realism):
            raise ValueError('realism must be a Realism or a dict of its '
                             f'options, but is {self.realism!r}.')

    def _check(self, name, kind, kind_name, low, high):
        value = getattr(self, name)
        if (isinstance(value, bool) or not isinstance(value, kind)
                or not low <= value <= high):
            raise ValueError(f'{name} must be {kind_name} between {low} and '
                             f'{high}, but is {value!r}.')

    def actions(self, split: str) -> int:
        """How many actions a split has."""
        return getattr(self, f'{split}_actions')

    def to_dict(self) -> dict:
        """The settings as a dict that JSON can hold."""
        settings = {f.name: getattr(self, f.name) for f in fields(self)}
        settings['realism'] = self.realism.to_dict()
        if not settings['realism']:
            # pitch.json keeps the bytes that it had before there were any.
            del settings['realism']
        return settings


#: The settings of the named pitches.
PRESETS = {
    # A few small crops of every split, for tests: about a second.
    'tiny':
    PitchConfig(
        train_actions=6,
        valid_actions=3,
        test_actions=4,
        challenge_actions=3,
        actions_per_match=2,
        min_height=24,
        max_height=72,
        action_people=6.,
        replay_people=5.),
    # A small network learns it from random weights in minutes on two cores.
    'demo':
    PitchConfig(
        train_actions=150,
        valid_actions=15,
        test_actions=40,
        challenge_actions=5,
        min_height=50,
        max_height=260,
        colour_shift=0.8),
    # With seed 0, 24,897 train crops; the first 10 % of the real data are
    # 24,872.
    'bench':
    PitchConfig(
        train_actions=895,
        valid_actions=60,
        test_actions=170,
        challenge_actions=20),
    # As large as bench, with all that broadcast crops have; a crop takes 1.5
    # times as long to draw.
    'broadcast':
    PitchConfig(
        train_actions=895,
        valid_actions=60,
        test_actions=170,
        challenge_actions=20,
        action_people=14.,
        replay_people=5.,
        colour_shift=0.6,
        blur=0.8,
        box_jitter=0.08,
        realism=BROADCAST),
    # The same, smaller, with heights as in demo.
    'broadcast-small':
    PitchConfig(
        train_actions=250,
        valid_actions=15,
        test_actions=60,
        challenge_actions=5,
        min_height=50,
        max_height=260,
        colour_shift=0.6,
        blur=0.8,
        box_jitter=0.08,
        realism=BROADCAST),
}


def resolve_config(config_or_preset) -> Tuple[str, PitchConfig]:
    """The name and the settings that a preset's name or a config stands for.

    Args:
        config_or_preset (str | PitchConfig): A key of ``PRESETS``, or
            settings of your own.

    Returns:
        Tuple[str, PitchConfig]: The preset's name (``'custom'`` for a
        config), and the settings.
    """
    if isinstance(config_or_preset, PitchConfig):
        return 'custom', config_or_preset
    if config_or_preset not in PRESETS:
        raise ValueError(f'{config_or_preset!r} is not a preset of the '
                         f'synthetic pitch: choose one of {", ".join(PRESETS)}'
                         ', or pass a PitchConfig.')
    return config_or_preset, PRESETS[config_or_preset]
