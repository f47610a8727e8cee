"""A trained model as the re-identification module of TrackLab.

TrackLab loads this package at its start, through the entry point
``tracklab_plugin``, to learn where its configs are. The module itself is
imported when a config names it, so that this works while TrackLab is still
being imported, and without TrackLab.
"""

#: What TrackLab appends to Hydra's search path.
config_package = 'pkg://snreid_mm.apis.tracklab.configs'

__all__ = ['config_package']
