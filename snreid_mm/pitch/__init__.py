"""A synthetic soccer pitch, in the layout of SoccerNet-v3 ReID.

One direction: who (``kit``, ``squad``), how (``pose``, ``body``), from where
(``camera``), the pixels (``painter``, ``stadium``, ``imaging``), an action
(``scene``), and the files (``records``, ``writer``, ``sheet``).
"""

from .config import PRESETS, PitchConfig
from .sheet import contact_sheet
from .writer import challenge_labels_path, make_pitch

__all__ = [
    'PRESETS', 'PitchConfig', 'challenge_labels_path', 'contact_sheet',
    'make_pitch'
]
