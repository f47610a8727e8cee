"""An own-frame classifier that nobody fitted."""

import numpy as np

from snreid_mm.evaluation.functional.matching import (FRAME_CUES,
                                                      OwnFrameClassifier)


def random_classifier(**changes):
    rng, cues = np.random.default_rng(0), len(FRAME_CUES)
    return OwnFrameClassifier(
        **{
            **dict(
                scale=np.full(cues, .5),
                linear=rng.standard_normal((2, cues)),
                hidden=rng.standard_normal((3, cues)),
                hidden_bias=rng.standard_normal(3),
                output=rng.standard_normal((2, 3)),
                slope=.3,
                bias=-.3),
            **changes
        })
