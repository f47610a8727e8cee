import cv2
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from snreid_mm.utils.figures import check_picture, save_figure, to_image


def test_a_figure_is_written_whole(tmp_path):
    figure = Figure(figsize=(2, 1), dpi=100)
    FigureCanvasAgg(figure)
    path = tmp_path / 'new' / 'a.png'
    save_figure(figure, path)
    assert cv2.imread(str(path)).shape == (100, 200, 3)
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch):
    figure = Figure()
    path = tmp_path / 'a.png'
    path.write_bytes(b'old')
    monkeypatch.setattr(figure, 'savefig',
                        lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save_figure(figure, path)
    assert path.read_bytes() == b'old'


def test_a_figure_as_an_image():
    figure = Figure(figsize=(2, 1), dpi=100, facecolor='red')
    image = to_image(figure)
    assert image.shape == (100, 200, 3) and image.dtype == 'uint8'
    assert image[0, 0].tolist() == [255, 0, 0]


def test_other_kinds_of_files_are_refused():
    for name in ('a.png', 'b/a.jpg', 'a.pdf', 'a.svg'):
        check_picture(name)
    for name in ('a.gif', 'a'):
        with pytest.raises(ValueError, match=f'--out {name} must end in .png'):
            check_picture(name)
