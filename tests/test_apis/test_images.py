import numpy as np
import pytest
import torch

from snreid_mm.apis.images import ImageCrop, find_crops, load_crops

FRAME = np.arange(40 * 30 * 3, dtype=np.uint32).reshape(40, 30, 3).astype(
    np.uint8)


def load(*args, **options):
    return list(load_crops(find_crops(*args), **options))


def test_a_folder_is_walked_in_order(folder):
    names = [crop.name for crop in find_crops(folder)]
    assert [name.rpartition('/')[2] for name in names] == [
        '0.png', '1.png', '2.jpg', '3.png', '4.png', '5.png', '6.png', '7.png'
    ]
    chosen = find_crops([folder / 'below', folder / '1.png'])
    assert [crop.name.rpartition('/')[2] for crop in chosen] == [
        '6.png', '7.png', '1.png'
    ]


def test_patterns(folder):
    assert len(find_crops(folder / '*.png')) == 5
    assert len(find_crops(f'{folder}/**/*.png')) == 7
    with pytest.raises(FileNotFoundError, match=r'pattern .*\*.gif holds no'):
        find_crops(folder / '*.gif')


def test_a_box_is_cut_to_whole_pixels_inside_the_frame():
    for box, rows, columns in [
        ((2.2, 3.9, 10.1, 20), slice(3, 20), slice(2, 11)),
        ((-5, 30, 10, 99), slice(30, 40), slice(0, 10)),
        ((0, 0, 30, 40), slice(0, 40), slice(0, 30)),
    ]:
        cut, = load(ImageCrop(FRAME, 'x', box))
        np.testing.assert_array_equal(cut, FRAME[rows, columns])
        cut, = load(ImageCrop(FRAME, 'x', box), channel_order='rgb')
        np.testing.assert_array_equal(cut, FRAME[rows, columns, ::-1])


@pytest.mark.parametrize('box, text', [
    ((3, 4, 3, 9), 'box .3.0, 4.0, 3.0, 9.0. of x has no area'),
    ((3, 9, 5, 4), 'has no area'),
    ((0, 0, np.nan, 4), r'box .0, 0, nan, 4. of x is not four numbers'),
    ((0, 0, 4), 'of x is not four numbers: it must be left, top'),
    (('a', 0, 4, 4), 'of x is not four numbers'),
    (7, 'box 7 of x is not four numbers'),
    ((30, 0, 40, 9), 'lies outside its frame of 30 x 40 pixels'),
    ((-9, 0, -1, 9), 'lies outside'),
])
def test_a_box_that_holds_nothing(box, text):
    with pytest.raises(ValueError, match=text):
        load(ImageCrop(FRAME, 'x', box))


@pytest.mark.parametrize('array, text', [
    (FRAME / 255, 'array is of type float64 .* from 0 to 1, so bring them'),
    (FRAME.astype(np.int64), 'array is of type int64 .*: convert it first'),
    (FRAME[..., 0], r'shape \(40, 30\), but an image is uint8'),
    (np.zeros((4, 5, 4), np.uint8), r'shape \(4, 5, 4\)'),
    (np.zeros((0, 5, 3), np.uint8), r'shape \(0, 5, 3\)'),
])
def test_an_array_that_is_no_image(array, text):
    with pytest.raises(ValueError, match=text):
        load(array)
    with pytest.raises(ValueError, match='array 1 is of type'):
        load([FRAME, array])


def test_what_is_no_image(folder, tmp_path):
    (tmp_path / 'empty').mkdir()
    with pytest.raises(FileNotFoundError, match='folder .*empty holds no'):
        find_crops(tmp_path / 'empty')
    with pytest.raises(FileNotFoundError, match='There is no image no.png'):
        find_crops('no.png')
    with pytest.raises(TypeError, match='A int is no image: give paths'):
        find_crops([3])
    with pytest.raises(TypeError, match='A Tensor is no image'):
        find_crops(torch.zeros(3, 4, 5))
    for image in (torch.zeros(3, 4, 5), None):
        with pytest.raises(TypeError, match='The image of x is a .*, but must '
                           'be a file or an array of pixels'):
            load(ImageCrop(image, 'x', (0, 0, 2, 2)))
    with pytest.raises(ValueError, match='no image in the list'):
        find_crops([])
    with pytest.raises(ValueError, match="'bgr' or 'rgb', but is 'gbr'"):
        load(FRAME, channel_order='gbr')
    for name, data in [('a.png', b'no picture'), ('b.png', b'')]:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=f'{name} cannot be read as an '
                           'image: it is empty or no image'):
            load(tmp_path / name)


@pytest.mark.parametrize('name', ['0.png', '2.jpg'])
def test_a_truncated_picture(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match=f'{name} cannot be read as an image'):
        load(path)


def test_a_frame_is_read_once(folder, monkeypatch):
    from snreid_mm.apis import images
    reads = []
    monkeypatch.setattr(
        images, '_read', lambda crop, order: reads.append(crop) or FRAME)
    one, two = folder / '0.png', folder / '1.png'
    load([
        ImageCrop(one, 'a', (0, 0, 5, 5)),
        ImageCrop(one, 'b', (0, 0, 6, 6)),
        ImageCrop(two, 'c')
    ])
    assert [crop.name for crop in reads] == ['a', 'c']
