# The schedule of the original (SoccerNet's sn-reid) in small: Adam in three steps, for
# batches of 32. The rate is for weights that start at random; theirs is 1e-5
# from ImageNet's.
optim_wrapper = dict(
    type='snreid_mm.Bfloat16OptimWrapper',
    optimizer=dict(type='Adam', lr=3e-4, weight_decay=5e-4, fused=True))
param_scheduler = dict(
    type='StepLR',
    by_epoch=False,
    step_size=167,  # a third
    gamma=0.1)

train_cfg = dict(by_epoch=False, max_iters=500)
val_cfg = None
test_cfg = dict(fp16=True)  # bfloat16 on a CPU, float16 on a GPU
