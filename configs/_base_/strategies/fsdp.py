# Each process keeps a share of the weights, the gradients and the optimizer's
# state (PyTorch's FSDP), and has the whole of one part of the model at a time.
# Add it to the _base_ of a config, and start several processes.
runner_type = 'FlexibleRunner'
strategy = dict(
    type='snreid_mm.FSDPStrategy',
    # One checkpoint as of a single process, which tools/test.py reads.
    state_dict_cfg='full',
    model_wrapper=dict(
        type='MMFullyShardedDataParallel',
        use_orig_params=True,
        auto_wrap_policy=dict(
            type='torch.distributed.fsdp.wrap.size_based_auto_wrap_policy',
            min_num_params=1_000_000)))
