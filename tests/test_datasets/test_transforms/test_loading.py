import struct
import zlib

import cv2
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile, Resize
from PIL import Image

from snreid_mm.datasets.transforms import LoadCropFromFile
from snreid_mm.registry import TRANSFORMS
from snreid_mm.utils.frame_cues import frame_cues


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(
        0, 256, (40, 20, 3), dtype=np.uint8)


@pytest.fixture
def path(tmp_path, image):
    path = tmp_path / '0-0-40x20.png'
    cv2.imwrite(str(path), image)
    return path


def message_of(path, **kwargs):
    with pytest.raises(ValueError, match='cannot be read') as caught:
        LoadCropFromFile(**kwargs)(dict(img_path=str(path)))
    message = str(caught.value)
    assert str(path) in message
    return message


def test_load(path, image):
    results = LoadCropFromFile()(dict(img_path=str(path), bbox_idx=3))
    assert np.array_equal(results['img'], image)
    assert results['img_shape'] == results['ori_shape'] == (40, 20)
    assert results['bbox_idx'] == 3


def test_like_mmcv(path):
    for kwargs in ({}, dict(to_float32=True), dict(color_type='grayscale'),
                   dict(imdecode_backend='pillow')):
        ours = LoadCropFromFile(**kwargs)(dict(img_path=str(path)))
        theirs = LoadImageFromFile(**kwargs)(dict(img_path=str(path)))
        assert ours.keys() == theirs.keys()
        assert np.array_equal(ours['img'], theirs['img'])
        assert ours['img'].dtype == theirs['img'].dtype


def test_frame_cues_are_those_of_the_file(path, image):
    results = LoadCropFromFile(
        to_float32=True, frame_cues=True)(dict(img_path=str(path)))
    assert np.array_equal(results['frame_cues'], frame_cues(image))
    assert results['img'].dtype == np.float32
    assert 'frame_cues' not in LoadCropFromFile()(dict(img_path=str(path)))
    with pytest.raises(ValueError, match="needs color_type='color'"):
        LoadCropFromFile(color_type='grayscale', frame_cues=True)


def test_registered():
    transform = TRANSFORMS.build(dict(type='snreid_mm.LoadCropFromFile'))
    assert isinstance(transform, LoadImageFromFile)


def test_missing(tmp_path):
    assert 'No such file' in message_of(tmp_path / 'no.png')


def test_empty(path):
    path.write_bytes(b'')
    assert 'empty' in message_of(path)


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
@pytest.mark.parametrize('kept', [8, 20, 40, 0.5, -13, -12, -5])
def test_truncated(path, kept, backend):
    data = path.read_bytes()
    kept = int(len(data) * kept) if isinstance(kept, float) else kept
    path.write_bytes(data[:kept])
    message_of(path, imdecode_backend=backend)


def test_damaged(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    assert 'broken' in message_of(path)


def test_bytes_after_the_end_do_no_harm(path, image):
    path.write_bytes(path.read_bytes() + b'trailer')
    results = LoadCropFromFile()(dict(img_path=str(path)))
    assert np.array_equal(results['img'], image)


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
def test_no_image(path, backend):
    path.write_bytes(b'this is text')
    message_of(path, imdecode_backend=backend)


def test_another_format(path, image):
    # Some data sets hold JPEGs that are named .png.
    path.write_bytes(cv2.imencode('.jpg', image)[1].tobytes())
    results = LoadCropFromFile()(dict(img_path=str(path)))
    assert results['img'].shape == (40, 20, 3)


def _save(image, path, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
@pytest.mark.parametrize('mode, form, tolerance', [
    ('RGB', 'png', 0),
    ('L', 'png', 0),
    ('1', 'png', 0),
    ('LA', 'png', 0),
    ('P', 'png', 0),
    ('RGBA', 'png', 0),
    ('CMYK', 'jpeg', 6),
    ('L', 'jpeg', 3),
])
def test_every_kind_of_picture_becomes_three_channels(tmp_path, mode, form,
                                                      tolerance, backend):
    red, grey = (200, 40, 20), (255, 255, 255)
    image = Image.new('RGB', (20, 40), grey if mode in '1LA' else red)
    converted = image.convert(mode)
    path = _save(converted, tmp_path / f'0-0-40x20.{form}', format=form)
    loaded = LoadCropFromFile(imdecode_backend=backend)(
        dict(img_path=str(path), height=40, width=20))['img']
    assert loaded.shape == (40, 20, 3) and loaded.dtype == np.uint8
    wanted = np.asarray(converted.convert('RGB'))[..., ::-1]
    assert abs(loaded.astype(int) - wanted).max() <= tolerance


@pytest.mark.parametrize('channels', [1, 3, 4])
def test_sixteen_bits_become_eight(tmp_path, channels):
    path = str(tmp_path / '0-0-40x20.png')
    cv2.imwrite(path, np.full((40, 20, channels), 0x7f80, np.uint16))
    image = LoadCropFromFile()(dict(img_path=path))['img']
    assert image.dtype == np.uint8 and image.shape == (40, 20, 3)
    assert abs(image.astype(int) - 0x7f).max() <= 1


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
def test_a_rotated_photograph_is_put_upright(tmp_path, backend):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    lying = Image.new('RGB', (40, 20))
    lying.paste((255, 255, 255), (0, 0, 20, 20))  # left, so the top
    path = _save(
        lying, tmp_path / '0-0-40x20.jpg', quality=95, exif=exif)
    image = LoadCropFromFile(imdecode_backend=backend)(
        dict(img_path=str(path), height=40, width=20))['img']
    assert image.shape == (40, 20, 3)
    assert image[:18].min() > 200 and image[22:].max() < 50


@pytest.mark.parametrize('height, width', [(1, 1), (1, 7), (20_000, 3)])
def test_sizes_at_the_edge(tmp_path, height, width):
    path = str(tmp_path / f'0-0-{height}x{width}.png')
    cv2.imwrite(path, np.full((height, width, 3), 9, np.uint8))
    results = Resize(scale=(16, 32))(
        LoadCropFromFile()(dict(
            img_path=path, height=height, width=width)))
    assert results['img'].shape == (32, 16, 3)
    assert (results['img'] == 9).all()


def test_a_name_in_unicode_and_a_symbolic_link(tmp_path, path, image):
    link = tmp_path / 'Atlético – 北京 ⚽' / '0-0-40x20.png'
    link.parent.mkdir()
    link.symlink_to(path)
    assert np.array_equal(LoadCropFromFile()(dict(img_path=str(link)))['img'],
                          image)


def test_ignore_empty(path, tmp_path):
    transform = LoadCropFromFile(ignore_empty=True)
    assert transform(dict(img_path=str(tmp_path / 'no.png'))) is None
    path.write_bytes(path.read_bytes()[:-20])
    assert transform(dict(img_path=str(path))) is None


def test_an_image_that_is_there_is_kept(image):
    # MMPretrain's inferencers load the picture themselves.
    results = dict(img=image, img_shape=(40, 20), ori_shape=(40, 20))
    assert LoadCropFromFile()(results)['img'] is image


def _chunk(kind, data):
    body = kind + data
    return struct.pack('>I', len(data)) + body + struct.pack(
        '>I', zlib.crc32(body))


@pytest.mark.parametrize('side', [20_000, 60_000])
def test_a_header_of_a_huge_picture(path, side):
    header = struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0, 0)
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + _chunk(b'IHDR', header) +
                     _chunk(b'IDAT', zlib.compress(b'')) + _chunk(b'IEND', b''))
    assert 'exceeds limit' in message_of(path)
    assert LoadCropFromFile(ignore_empty=True)(dict(img_path=path)) is None


def test_another_size_than_the_name_says(path):
    sample = dict(img_path=str(path), height=40, width=21)
    with pytest.raises(ValueError, match="40x20.png cannot be read: it has "
                       "{'height': 40, 'width': 20}, but its name .* 21}"):
        LoadCropFromFile()(sample.copy())
    assert LoadCropFromFile(check_size=False)(sample.copy())['img'] is not None
    assert LoadCropFromFile()(dict(sample, width=20))['img'] is not None
