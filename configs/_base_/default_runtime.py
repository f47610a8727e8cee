# MMPretrain's types are found by their bare name, ours as `snreid_mm.X`.
default_scope = 'mmpretrain'

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    # The best checkpoint by mAP on the validation split, and the last two.
    checkpoint=dict(
        type='snreid_mm.WholeCheckpointHook',
        interval=1,
        max_keep_ckpts=2,
        save_best='reid/mAP',
        rule='greater'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    # Here and not in `custom_hooks`, a list that another config replaces.
    class_count=dict(type='snreid_mm.ClassCountHook'),
    batch_check=dict(type='snreid_mm.BatchCheckHook'),
    resume_guard=dict(type='snreid_mm.ResumeGuardHook'),
    finite_loss=dict(type='snreid_mm.FiniteLossHook'),
    training_health=dict(type='snreid_mm.TrainingHealthHook'),
    skip_unreadable=dict(type='snreid_mm.SkipUnreadableHook', limit=0),
    random_states=dict(type='snreid_mm.RandomStatesHook'),
    shared_statistics=dict(type='snreid_mm.SharedStatisticsHook'),
)

env_cfg = dict(
    cudnn_benchmark=True,  # every crop is resized to one size
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)

vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='UniversalVisualizer', vis_backends=vis_backends)

log_level = 'INFO'
load_from = None
resume = False
randomness = dict(seed=0, deterministic=False)
