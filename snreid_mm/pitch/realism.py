"""What real broadcast crops have and the first presets do not: each option
of it is off at 0, and :data:`BROADCAST` has them all on."""

from dataclasses import dataclass, fields
from numbers import Real


@dataclass(frozen=True)
class Realism:
    """The sights of a broadcast, on top of :class:`PitchConfig`.

    All options are numbers; 0, the default, turns one off and leaves every
    byte of a data set as it would be without it. The values in brackets are
    those of the preset ``'broadcast'``.

    Args:
        player_queries (float): 1 makes players and goalkeepers the only
            queries, as in the released data: each crop of a referee or of
            the staff is then an identity of its own, a distractor in a
            gallery and single in train. Not all of them in view are annotated
            then, so that they are 12 % of a gallery. 0 or 1 (1).
        time_offset (float): Standard deviation of the time between a
            replay's instant and the action's, in seconds: limbs move on
            along their motion. 0 to 1 (0.12).
        pose_noise (float): Standard deviation of the joint angles that each
            camera sees about the true ones, in degrees, as two annotations
            of a pose differ. 0 to 30 (4).
        viewpoints (float): How much rarer replay cameras stand beside the
            action camera, and how much oftener elsewhere, 0 to 1 (1).
        truncation (float): How little of a body a box may show, and how
            tight replays are framed, so that some crops are of limbs only,
            0 to 1 (0.6).
        lettering (float): Share of the teams with a sponsor on the chest
            and names over the numbers, 0 to 1 (0.85).
        nets (float): Share of the actions in a goal mouth that a replay
            camera sees through the net, 0 to 1 (0.2).
        combing (float): How many more cameras are interlaced, and how far
            bodies jump between the fields, 0 to 1 (0.7).
        crowd (float): How detailed and near the stands are behind the
            boards, 0 to 1 (1).
        exposure (float): Standard deviation of the cameras' exposure in
            stops (powers of two), on top of ``colour_shift``, 0 to 1.5
            (0.2).
        grass (float): Strength of the blades and the wear that a close
            camera sees of the grass, 0 to 1 (0.5).
        sharpening (float): Strength of the cameras' edge enhancement, drawn
            for each up to this value, 0 to 3 (0.4).
        fade (float): Share of the saturation that broadcasts lose, 0 to 0.6
            (0.2).

    Raises:
        ValueError: If a value is out of its range.
    """
    player_queries: float = 0.
    time_offset: float = 0.
    pose_noise: float = 0.
    viewpoints: float = 0.
    truncation: float = 0.
    lettering: float = 0.
    nets: float = 0.
    combing: float = 0.
    crowd: float = 0.
    exposure: float = 0.
    grass: float = 0.
    sharpening: float = 0.
    fade: float = 0.

    def __post_init__(self):
        limits = dict(time_offset=1, pose_noise=30, exposure=1.5,
                      sharpening=3, fade=0.6)
        for field in fields(self):
            value = getattr(self, field.name)
            high = limits.get(field.name, 1)
            if (isinstance(value, bool) and field.name != 'player_queries'
                    or not isinstance(value, Real) or not 0 <= value <= high):
                raise ValueError(
                    f'{field.name} must be a number between 0 and {high}, '
                    f'but is {value!r}.')
        if self.player_queries not in (0, 1):
            raise ValueError('player_queries must be 0 or 1, but is '
                             f'{self.player_queries!r}.')

    def to_dict(self) -> dict:
        """The options that are on, as a dict that JSON can hold."""
        return {f.name: float(getattr(self, f.name)) for f in fields(self)
                if getattr(self, f.name)}


BROADCAST = Realism(
    player_queries=1,
    time_offset=0.12,
    pose_noise=4.,
    viewpoints=1.,
    truncation=0.6,
    lettering=0.85,
    nets=0.2,
    combing=0.7,
    crowd=1.,
    exposure=0.2,
    grass=0.5,
    sharpening=0.4,
    fade=0.2)
