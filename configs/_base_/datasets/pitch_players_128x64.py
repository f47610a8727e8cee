# The batches of soccernet_reid_players.py on the synthetic pitch at half the
# size, for a CPU.
_base_ = './pitch_128x64.py'

train_pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=_base_.image_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(
        type='ColorJitter',
        backend='cv2',  # three times as fast as Pillow, the default
        brightness=0.2,
        contrast=0.2,
        saturation=0.2,
        hue=0.05),
    dict(type='RandomCrop', crop_size=(128, 64), padding=5),
    # The mean colour; crops are BGR here.
    dict(
        type='RandomErasing',
        erase_prob=0.5,
        fill_color=(103.53, 116.28, 123.675)),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]

train_dataloader = dict(
    batch_size=64,  # 32 identities x 2 images
    sampler=dict(
        _delete_=True,
        type='snreid_mm.ActionBatchSampler',
        batch_size=64,
        keep_apart=True),
    dataset=dict(
        roles=('Player_team_left', 'Player_team_right',
               'Goalkeeper_team_left', 'Goalkeeper_team_right'),
        pipeline=train_pipeline))
