import pytest
from mmengine.registry import DefaultScope
from small_networks import PIPELINE, SIZE, build, info_of

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.deployment import EmbeddingNetwork, export_onnx, write_info


@pytest.fixture(autouse=True)
def scope():
    DefaultScope.get_instance('deployment', scope_name='mmpretrain')


@pytest.fixture(scope='session')
def pitch_test(tiny_pitch):
    """The samples of the tiny pitch's test split."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return [*SoccerNetReID(str(tiny_pitch), 'test', pipeline=PIPELINE)]


@pytest.fixture(scope='session')
def exported(tmp_path_factory):
    """Export a network once for all tests; give the model and the file."""
    pytest.importorskip('onnx')
    pytest.importorskip('onnxruntime')
    folder, done = tmp_path_factory.mktemp('exported'), {}

    def export(name, **options):
        key = str((name, sorted(options.items())))
        if key not in done:
            model, path = build(name), folder / f'{len(done)}.onnx'
            folded = options.pop('folded', False)
            export_onnx(
                EmbeddingNetwork(model, folded), path, SIZE, **options)
            path.write_bytes(
                write_info(
                    path,
                    info_of(
                        model,
                        folded=folded,
                        input_type='uint8'
                        if options.get('uint8') else 'float32')))
            done[key] = model, path
        return done[key]

    return export
