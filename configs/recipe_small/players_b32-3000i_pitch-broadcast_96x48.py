# Players and goalkeepers alone, who are all that is ever queried.
_base_ = './no-classifier_b32-3000i_pitch-broadcast_96x48.py'

train_dataloader = dict(
    dataset=dict(
        roles=('Player_team_left', 'Player_team_right',
               'Goalkeeper_team_left', 'Goalkeeper_team_right')))
