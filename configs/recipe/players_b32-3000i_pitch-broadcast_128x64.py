# + players and goalkeepers alone, who are all that is ever queried.
_base_ = './augmented_b32-3000i_pitch-broadcast_128x64.py'

train_dataloader = dict(
    dataset=dict(
        roles=('Player_team_left', 'Player_team_right',
               'Goalkeeper_team_left', 'Goalkeeper_team_right')))
