"""The first presets keep their bytes: what was measured on them stays true."""

import hashlib
import os
import os.path as osp

import cv2
import numpy as np
import pytest

from snreid_mm.pitch import challenge_labels_path

# Taken before there was a Realism, preset 'tiny', seed 0.
TEXT = ('689981464b93349bcbb15211e40d2c59a9534aa034441768944a947752407f4b'
        '51128207dac7e094962f579feeacc627258ceacac09ac65a987f7ba109555586')
PICTURES = '46e2078a39962f2d953ffc4e9e9ad67fc0412bd09795fb3bfee198fd1cc45d12'
# What this machine's libraries made of probe() then.
PROBE = 'f76da15a1fd7be857c538c8e51980b83c825fa704cff79cc262f0384fb75b115'


def digest(root, ending):
    """One hash over the paths and bytes of the files with an ending."""
    found = sorted(
        osp.relpath(osp.join(folder, name), root)
        for folder, _, names in os.walk(root) for name in names
        if name.endswith(ending))
    total = hashlib.sha256()
    for name in found:
        total.update(name.replace(os.sep, '/').encode())
        with open(osp.join(root, name), 'rb') as file:
            total.update(file.read())
    return total.hexdigest()


def probe():
    """A hash that changes where another OpenCV, NumPy or processor rounds,
    blurs or compresses differently."""
    x = np.linspace(-3, 3, 48 * 40, dtype=np.float32).reshape(48, 40)
    image = np.stack([np.sin(x), np.exp(-x * x), np.arccos(x / 4)], axis=-1)
    image = cv2.GaussianBlur(80 + 40 * image, (0, 0), 1.3)
    image = cv2.resize(image, (31, 37), interpolation=cv2.INTER_AREA)
    image = image.clip(0, 255).astype(np.uint8)
    _, code = cv2.imencode('.jpg', image, (cv2.IMWRITE_JPEG_QUALITY, 70))
    image = cv2.imdecode(code, cv2.IMREAD_COLOR)
    _, code = cv2.imencode('.png', image, (cv2.IMWRITE_PNG_COMPRESSION, 2))
    return hashlib.sha256(code.tobytes()).hexdigest()


def test_the_tiny_presets_annotations_are_what_they_were(tiny_pitch):
    with open(challenge_labels_path(tiny_pitch), 'rb') as file:
        labels = hashlib.sha256(file.read()).hexdigest()
    assert digest(tiny_pitch, '.json') + labels == TEXT


def test_the_tiny_presets_pictures_are_what_they_were(tiny_pitch):
    if probe() != PROBE:
        pytest.skip('another OpenCV, NumPy or processor draws other bytes')
    assert digest(tiny_pitch, '.png') == PICTURES
