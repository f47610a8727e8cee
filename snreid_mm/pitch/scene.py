"""One action: an instant of a match, and the cameras that saw it.

All cameras of an action see the same bodies; what differs is the viewpoint,
the zoom and the picture, and with :class:`Realism` the exact instant and how
a pose is seen. The numbers that a user sees follow SoccerNet-v3 ReID as its
README and its public logs give them: 2.6 frames and 27 boxes an action, 1.6
images an identity.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Dict, Iterator, List

import cv2
import numpy as np

from snreid_mm.soccernet import SPLITS
from .body import Part, build_body
from .camera import (FRAME_HEIGHT, FRAME_WIDTH, Camera, draw_viewpoint,
                     frame_people)
from .config import PitchConfig
from .imaging import Look, broadcast_look, draw_look, expose
from .lettering import letter_shirts
from .motion import Motion, draw_motion, draw_noise, pose_at
from .painter import Canvas, paint_body
from .pose import Pose, Skeleton, coco_joints, draw_pose, pose_joints
from .realism import Realism
from .squad import Match, draw_match, is_player
from .stadium import (Stadium, draw_stadium, paint_background, paint_goals,
                      paint_shadows)
from .stands import draw_stands, draw_turf


def seeded(seed: int, split: str, *key: int) -> np.random.Generator:
    """The generator of one thing of a data set, the same in every worker.

    Args:
        seed (int): The data set's seed.
        split (str): The split.
        *key (int): What kind of thing, and which.

    Returns:
        np.random.Generator: The generator.
    """
    return np.random.default_rng(
        np.random.SeedSequence(seed, spawn_key=(SPLITS.index(split), *key)))


@lru_cache(maxsize=2)
def _venue(seed: int, split: str, match: int, numbers: bool,
           realism: Realism):
    rng = seeded(seed, split, 0, match)
    squads, stadium = draw_match(rng, numbers), draw_stadium(rng)
    # Generators of their own: the first one's draws stay as they are.
    if realism.lettering:
        squads = replace(
            squads,
            people=letter_shirts(
                seeded(seed, split, 5, match), squads.people,
                realism.lettering))
    if realism.crowd:
        stadium.stands = draw_stands(
            seeded(seed, split, 6, match), realism.crowd)
    if realism.grass:
        stadium.turf = 0.09 * realism.grass * draw_turf(
            seeded(seed, split, 7, match))
    return squads, stadium


@dataclass
class View:
    """A camera of an action.

    Attributes:
        camera (Camera): Its geometry.
        look (Look): Its picture.
        whole (np.ndarray): Left, top, right, bottom of each person, in
            pixels, beyond the frame too, (P, 4).
        depths (np.ndarray): Their distances along the optical axis, metres,
            (P, ).
        boxes (Dict[int, np.ndarray]): The annotated boxes, whole pixels
            inside the frame, (4, ), by person.
        skeletons (List[Skeleton]): The joints that it sees.
        bodies (List[List[Part]]): What is painted.
    """
    camera: Camera
    look: Look
    whole: np.ndarray
    depths: np.ndarray
    boxes: Dict[int, np.ndarray]
    skeletons: List[Skeleton]
    bodies: List[List[Part]]


@dataclass
class Action:
    """An instant of a match.

    Attributes:
        match (Match): Who plays.
        stadium (Stadium): Where.
        poses (List[Pose]): What each person does.
        skeletons (List[Skeleton]): Their joints.
        views (List[View]): The action camera, then the replay cameras.
    """
    match: Match
    stadium: Stadium
    poses: List[Pose]
    skeletons: List[Skeleton]
    views: List[View]


@dataclass
class Crop:
    """One person as one camera saw them.

    Attributes:
        frame (int): The view; 0 is the action camera.
        person (int): Index into ``match.people``.
        image (np.ndarray): BGR uint8, (H, W, 3).
        number_seen (bool): Whether the shirt number can be made out.
        keypoints (np.ndarray): x, y in pixels and COCO's visibility (0
            outside, 1 hidden, 2 visible), (17, 3).
    """
    frame: int
    person: int
    image: np.ndarray
    number_seen: bool
    keypoints: np.ndarray


# A 4-4-2 from a team's own goal (0) to the other one (1), and across.
_FORMATION = np.array(((0.18, -0.62), (0.15, -0.22), (0.15, 0.22),
                       (0.18, 0.62), (0.42, -0.68), (0.38, -0.2),
                       (0.38, 0.2), (0.42, 0.68), (0.62, -0.18),
                       (0.66, 0.2)))


def _place(rng, crowding: float, mouth=None):
    """The ball (2,) and the 28 people (28, 2), in metres; the ball in the
    goal mouth ``mouth`` (2,) if there is one."""
    if rng.random() < 0.6:
        ball = np.array((rng.choice((-1, 1)) * rng.uniform(26, 50),
                         rng.uniform(-30, 30)))
    else:
        ball = np.array((rng.uniform(-26, 26), rng.uniform(-31, 31)))
    if mouth is not None:
        ball = mouth
    spots = []
    tight = rng.uniform(3.5, 9.)
    for side in (-1, 1):
        spots.append((side * (52.5 - rng.uniform(0.5, 9)),
                      ball[1] * 0.2 + rng.normal(0, 1)))
        shape = np.stack([side * (52.5 - 105 * _FORMATION[:, 0]),
                          34 * _FORMATION[:, 1]], axis=1)
        shape[:, 0] += ball[0] * 0.62
        shape[:, 1] += ball[1] * 0.3
        shape += rng.normal(0, 4, shape.shape)
        drawn = rng.random(10) < crowding
        shape[drawn] = ball + rng.normal(0, tight, (drawn.sum(), 2))
        spots.extend(shape)
    spots.append(ball + rng.normal(0, 9, 2))  # the referee
    for side in (-1, 1):
        spots.append((np.clip(ball[0] + rng.normal(0, 8), -52, 52),
                      side * 34.8))
    for _ in range(3):
        spots.append((rng.uniform(-18, 18), -37.5 + rng.normal(0, 0.8)))
    spots = np.array(spots)
    spots[:23] = np.clip(spots[:23], (-54, -34), (54, 34))
    for _ in range(8):  # nobody stands inside somebody
        gap = spots[:, None] - spots[None]
        distance = np.linalg.norm(gap, axis=-1) + np.eye(len(spots)) * 9
        near = np.argwhere(np.triu(distance < 0.75))
        if not len(near):
            break
        for i, j in near:
            spots[i] += rng.normal(0, 0.6, 2)
    return ball, spots


_NEAR = dict(run=.27, sprint=.15, kick=.16, jump=.12, slide=.06, block=.12,
             walk=.06, stand=.06)
_FAR = dict(stand=.34, walk=.24, run=.24, sprint=.05, point=.06, bend=.04,
            block=.03)
_KEEPER = dict(block=.4, stand=.25, dive=.2, walk=.15)
_KEEPER_FAR = dict(stand=.6, walk=.3, point=.1)
_PARTY = dict(celebrate=.5, run=.2, stand=.15, jump=.15)
_STAFF = dict(stand=.55, point=.25, walk=.1, bend=.1)


def _draw_move(rng, role, near, party) -> str:
    if role == 'Staff_members':
        table = _STAFF
    elif role.startswith('Goalkeeper'):
        table = _KEEPER if near else _KEEPER_FAR
    elif 'referee' in role:
        table = dict(stand=.35, walk=.2, run=.3, point=.15)
    elif party:
        table = _PARTY
    else:
        table = _NEAR if near else _FAR
    return str(rng.choice(list(table), p=list(table.values())))


# Deviations of the logarithm of how many people a view shows: for all views
# of a scene, and for one view beside. With the defaults of PitchConfig they
# give the real data's 27 boxes, 6.6 queries and 20 gallery boxes an action,
# and the 23 gallery boxes a query meets.
_SCENE_SPREAD = 0.5
_ACTION_SPREAD = 0.35
_REPLAY_SPREAD = 1.


def draw_action(seed: int, split: str, index: int, config: PitchConfig
                ) -> Action:
    """Generate an action: who stands where, in which pose, seen from where.

    Somebody in the action frame is seen by a replay camera too, so every
    action has a query; an instant without one is generated again.

    Args:
        seed (int): The data set's seed.
        split (str): The split.
        index (int): The action's index in the split.
        config (PitchConfig): The settings.

    Returns:
        Action: The action.

    Raises:
        RuntimeError: If no instant with a query is found, which only extreme
            settings cause.
    """
    match, stadium = _venue(seed, split, index // config.actions_per_match,
                            config.numbers, config.realism)
    for attempt in range(50):
        rng = seeded(seed, split, 1, index, attempt)
        extra = None
        if config.realism.to_dict():
            # A generator of its own: without options the other one's draws
            # are as they were.
            extra = seeded(seed, split, 4, index, attempt)
        action = _draw_instant(rng, extra, match, stadium, config)
        replayed = set().union(*(view.boxes for view in action.views[1:]))
        asked = replayed & set(action.views[0].boxes)
        if config.realism.player_queries:
            asked = {i for i in asked if is_player(match.people[i].role)}
        if asked:
            return action
    raise RuntimeError(
        f'no instant of action {index} of {split} shows a player in two '
        'frames: lower min_height or raise action_people and replay_people.')


def _draw_instant(rng, extra, match, stadium, config) -> Action:
    realism = config.realism
    mouth, through = None, 0  # the replay that looks through the net
    if realism.nets and extra.random() < realism.nets:
        mouth = np.array((extra.choice((-1, 1)) * extra.uniform(45, 51),
                          extra.normal(0, 4)))
        through = 1
    ball, spots = _place(rng, config.crowding, mouth)
    party = rng.choice(3, p=(0.9, 0.05, 0.05))  # a team celebrates
    flow = rng.uniform(-180, 180)  # where the play runs
    poses, motions, headings = [], [], []
    for i, person in enumerate(match.people):
        away = ball - spots[i]
        near = float(np.hypot(*away)) < 14
        happy = (party == 1 and i < 11) or (party == 2 and 11 <= i < 22)
        move = _draw_move(rng, person.role, near, happy)
        state = rng.bit_generator.state
        pose = draw_pose(rng, move)
        heading = np.degrees(np.arctan2(away[1], away[0]))
        if pose.move in ('run', 'sprint'):
            heading = flow + rng.normal(0, 50)
        headings.append(heading + rng.normal(0, 40))
        poses.append(pose)
        if extra is not None:
            motions.append(draw_motion(extra, move, state))
    skeletons = [
        pose_joints(pose, person.height, spot, heading) for person, pose, spot,
        heading in zip(match.people, poses, spots, headings)
    ]
    bodies = [build_body(p, s) for p, s in zip(match.people, skeletons)]
    weights = np.array(config.replay_weights)
    replays = 1 + rng.choice(len(weights), p=weights / weights.sum())
    views = []
    scrum = rng.normal(0, _SCENE_SPREAD)
    for k in range(1 + replays):
        mean = config.replay_people if k else config.action_people
        # A corner is many people in every view, a counter-attack few.
        spread = _REPLAY_SPREAD if k else _ACTION_SPREAD
        wanted = mean * np.exp(scrum + rng.normal(0, spread))
        wanted = int(np.clip(round(wanted), 1, 28))
        centre = draw_viewpoint(rng, ball, bool(k), realism.viewpoints)
        if k and k == through:
            centre = np.array((np.sign(ball[0]) * extra.uniform(58, 66),
                               extra.uniform(-5, 5), extra.uniform(1., 3.5)))
        camera = frame_people(rng, centre, ball, spots, wanted,
                              wander=bool(k) and k != through)
        if k and extra is not None and (extra.random() <
                                        0.45 * realism.truncation):
            camera = replace(camera, focal=camera.focal *
                             extra.uniform(1.3, 2.4))
        look = draw_look(rng, config, bool(k))
        if extra is not None:
            look = broadcast_look(extra, look, realism)
        seen, parts = list(skeletons), list(bodies)
        if realism.time_offset or realism.pose_noise:
            seconds = extra.normal(0, realism.time_offset) if k else 0.
            for i in _in_view(camera, spots):
                seen[i] = _skeleton_at(
                    extra, match.people[i], motions[i], spots[i], headings[i],
                    seconds, realism.pose_noise)
                parts[i] = build_body(match.people[i], seen[i])
        found = [_extent(each, camera) for each in parts]
        whole = np.array([box for box, _ in found])
        depths = np.array([depth for _, depth in found])
        views.append(
            View(camera, look, whole, depths,
                 _annotate(rng, whole, depths, config), seen, parts))
        if realism.player_queries:
            _thin_officials(extra, match, views[-1].boxes)
    return Action(match, stadium, poses, skeletons, views)


# Share of the referees and staff in view that are annotated. It gives the
# share of the gallery that they have in the released data, 12 per cent.
_OFFICIALS = 0.56


def _thin_officials(rng, match, boxes) -> None:
    for i in list(boxes):
        if not is_player(match.people[i].role) and rng.random() > _OFFICIALS:
            del boxes[i]


def _in_view(camera: Camera, spots: np.ndarray, margin=4.) -> np.ndarray:
    """Indices of the people in the frame of a camera, or some metres
    beside it."""
    chest = np.concatenate([spots, np.full((len(spots), 1), 1.)], axis=1)
    pixels, depths = camera.project(chest)
    reach = (margin * camera.focal / depths)[:, None]
    frame = (FRAME_WIDTH, FRAME_HEIGHT)
    inside = ((pixels > -reach) & (pixels < frame + reach)).all(axis=1)
    return np.nonzero(inside & (depths > 1))[0]


def _skeleton_at(rng, person, motion: Motion, spot, heading, seconds,
                 noise) -> Skeleton:
    """The joints that a camera sees, so many seconds after the instant."""
    angle = np.radians(heading)
    way = motion.speed * seconds * np.array((np.cos(angle), np.sin(angle)))
    return pose_joints(
        pose_at(motion, seconds, draw_noise(rng, noise)), person.height,
        spot + way,
        heading + motion.turn * seconds + rng.normal(0, 1.5 * noise))


def _extent(parts: List[Part], camera: Camera):
    """A body's box (left, top, right, bottom) in pixels, and its depth."""
    ends = np.stack([e for p in parts for e in (p.start, p.end)])
    pixels, depths = camera.project(ends)
    radii = np.array([r for p in parts
                      for r in (p.profile[0, 1], p.profile[-1, 1])])
    radii = (0.9 * radii * camera.focal / depths)[:, None]
    low, high = (pixels - radii).min(0), (pixels + radii).max(0)
    return np.concatenate([low, high]), float(np.median(depths))


def _annotate(rng, whole, depths, config) -> Dict[int, np.ndarray]:
    """The boxes that an annotator would draw: of those large enough, mostly
    inside the frame and not mostly hidden, each edge a little off."""
    boxes = {}
    # How much of a body must be in the frame, and how much of its box may be
    # hidden by another one.
    least = 0.45 - 0.33 * config.realism.truncation
    hidden = 0.72 + 0.16 * config.realism.truncation
    for i, edges in enumerate(whole):
        size = np.tile(edges[2:] - edges[:2], 2)
        jitter = rng.normal(0.2, 1, 4) * config.box_jitter * size * (
            -1, -1, 1, 1)
        box = np.clip(edges + jitter, 0,
                      (FRAME_WIDTH, FRAME_HEIGHT) * 2).round()
        width, height = box[2:] - box[:2]
        if (depths[i] < 2 or width < 6 or height < config.min_height
                or width * height < least * size[0] * size[1]):
            continue
        if _covered(box, whole[depths < depths[i] - 0.1]) < hidden:
            boxes[i] = box
    return boxes


def _covered(box, others) -> float:
    """Share of a box (4, ) that the nearest of the others (K, 4) hides."""
    if not len(others):
        return 0.
    overlap = (np.minimum(box[2:], others[:, 2:]) -
               np.maximum(box[:2], others[:, :2])).clip(0).prod(axis=1)
    return float(overlap.max() / (box[2:] - box[:2]).prod())


def paint_action(action: Action, seed: int, split: str, index: int,
                 config: PitchConfig) -> Iterator[Crop]:
    """Paint every annotated person of every view.

    Args:
        action (Action): The action.
        seed (int): The data set's seed.
        split (str): The split.
        index (int): The action's index in the split.
        config (PitchConfig): The settings.

    Yields:
        Crop: The crops, view by view.
    """
    for frame, view in enumerate(action.views):
        for person, box in view.boxes.items():
            rng = seeded(seed, split, 2, index, frame, person)
            yield _paint_crop(rng, action, frame, person, box, config)


def _meeting(box, whole, depths, margin=0.) -> np.ndarray:
    """Indices of the people whose extent meets the box, nearest first."""
    reach = (whole[:, 3:] - whole[:, 1:2]) * margin
    meets = ((whole[:, :2] - reach < box[2:]) &
             (whole[:, 2:] + reach > box[:2])).all(axis=1) & (depths > 1)
    ids = np.nonzero(meets)[0]
    return ids[np.argsort(depths[ids])]


def _paint_crop(rng, action, frame, person, box, config) -> Crop:
    view, stadium = action.views[frame], action.stadium
    width, height = box[2:] - box[:2]
    shrink = 1.
    if height > config.max_height:
        # Not all to the limit, or that height would betray the zoom.
        shrink = config.max_height / height * rng.uniform(0.6, 1.)
    w, h = max(int(width * shrink), 6), max(int(height * shrink), 12)
    look = view.look
    camera = view.camera.crop(box[0], box[1], shrink)
    back = paint_background(stadium, camera, w, h)
    # A shadow falls outside the box of the body that casts it.
    casting = _meeting(box, view.whole, view.depths, 1.6)
    back = paint_shadows(back, [view.bodies[i] for i in casting], stadium,
                         camera)
    if look.bokeh * h > 0.4:
        back = cv2.GaussianBlur(back, (0, 0), look.bokeh * h)
    # Small bodies are painted larger and reduced, which smooths their edges.
    extra = 3 if h < 90 else 2 if h < 240 else 1
    camera = view.camera.crop(box[0], box[1], shrink * extra)
    canvas = Canvas(w * extra, h * extra)
    canvas.colour[:] = cv2.resize(back, (w * extra, h * extra),
                                  interpolation=cv2.INTER_LINEAR)
    for i in _meeting(box, view.whole, view.depths):
        paint_body(canvas, view.bodies[i], camera, stadium.light, i,
                   action.match.people[i].seed)
    paint_goals(canvas, camera, stadium)
    if extra > 1:
        image = cv2.resize(canvas.colour, (w, h), interpolation=cv2.INTER_AREA)
    else:
        image = cv2.GaussianBlur(canvas.colour, (0, 0), 0.7)
    motion = rng.normal(0, _SPEED.get(action.poses[person].move, 0.004),
                        2) * (1, 0.4)
    bodies = None
    if look.comb:
        bodies = cv2.resize((canvas.owner >= 0).astype(np.float32), (w, h),
                            interpolation=cv2.INTER_AREA)
    image = expose(rng, image, look, h, motion, config.blur, bodies)
    # The smallest number that can be made out has some 14 pixels of ink.
    ink = (canvas.number & (canvas.owner == person)).sum() / extra**2
    return Crop(frame, person, image, bool(ink >= max(14, 0.003 * w * h)),
                _keypoints(view.skeletons[person], camera, canvas, person,
                           extra))


# Blur of a moving body during the exposure, in shares of its height.
_SPEED = dict(sprint=0.03, kick=0.03, dive=0.035, slide=0.025, run=0.018,
              jump=0.02)

# How far a joint lies under the skin, in metres, in COCO's order.
_UNDER = np.array((0.05, ) * 5 + (0.14, ) * 2 + (0.11, ) * 4 + (0.2, ) * 2 +
                  (0.12, ) * 4)


def _keypoints(skeleton: Skeleton, camera: Camera, canvas: Canvas, owner: int,
               extra: int) -> np.ndarray:
    pixels, depths = camera.project(coco_joints(skeleton))
    height, width = canvas.depth.shape
    out = np.zeros((17, 3))
    for k, ((x, y), depth) in enumerate(zip(pixels, depths)):
        if not (0 <= x < width and 0 <= y < height):
            continue
        hit, who = canvas.depth[int(y), int(x)], canvas.owner[int(y), int(x)]
        hidden = hit < depth - _UNDER[k] or who not in (-1, owner)
        out[k] = x / extra, y / extra, 1 if hidden else 2
    return out
