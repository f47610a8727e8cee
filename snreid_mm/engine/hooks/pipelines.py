from typing import Iterator

from mmengine.dataset import Compose


def find_pipelines(dataset) -> Iterator[Compose]:
    """Yield the pipelines of a data set, also of wrapped ones, once each."""
    for inner in [getattr(dataset, 'dataset', None),
                  *getattr(dataset, 'datasets', ())]:
        if inner is not None:
            yield from find_pipelines(inner)
    pipeline = getattr(dataset, 'pipeline', None)
    if hasattr(pipeline, 'transforms'):
        yield pipeline
