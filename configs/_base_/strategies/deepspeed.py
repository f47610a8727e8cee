# DeepSpeed's ZeRO, stage 2: each process keeps a share of the gradients and
# of the optimizer's state. Add it behind the schedule in the _base_ of a
# config, and start several processes. Needs the package deepspeed.
runner_type = 'FlexibleRunner'
strategy = dict(
    type='DeepSpeedStrategy',
    bf16=dict(enabled=True),
    zero_optimization=dict(
        stage=2, overlap_comm=True, contiguous_gradients=True),
    inputs_to_half=['inputs'])
optim_wrapper = dict(type='DeepSpeedOptimWrapper')
