# A training of 4 to 20 minutes on one CPU core: batches are counted, not
# epochs, and only the last checkpoint is kept.
_base_ = './default_runtime.py'

custom_hooks = [dict(type='snreid_mm.ChannelsLastHook')]
default_hooks = dict(
    logger=dict(interval=20),
    checkpoint=dict(by_epoch=False, interval=250, save_best=None))
log_processor = dict(by_epoch=False)
