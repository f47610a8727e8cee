"""Steps that are done once, and again where something changed."""

import pytest

from snreid_mm.results.steps import Steps


class Job:
    """A step that adds up what a file says."""

    def __init__(self, tmp_path):
        self.said, self.made = [], 0
        self.source, self.target = tmp_path / 'in.txt', tmp_path / 'out.txt'
        self.source.write_text('1')
        self.folder, self.factor = tmp_path / 'steps', 1
        self.fails = False

    def run(self):
        def make():
            self.made += 1
            self.target.write_text('half')
            if self.fails:
                raise KeyboardInterrupt
            value = int(self.source.read_text()) * self.factor
            self.target.write_text(str(value))
            return f'it is {value}'

        Steps(self.folder, self.said.append).do(
            'sum', dict(source=self.source, factor=(self.factor, 'x')),
            [self.target], make)
        return self.target.read_text()


@pytest.fixture
def job(tmp_path):
    return Job(tmp_path)


def test_done_once(job):
    assert job.run() == job.run() == '1'
    assert job.made == 1
    assert job.said == [
        '[....] sum', '[done] sum: it is 1', '[kept] sum: it is 1'
    ]


def test_other_inputs_and_lost_or_changed_outputs(job):
    job.run()
    job.source.write_text('5')
    assert job.run() == '5'
    job.factor = 2
    assert job.run() == '10'
    job.target.write_text('11')
    assert job.run() == '10'
    job.target.unlink()
    assert job.run() == '10'
    assert job.made == 5


def test_an_interrupted_step_is_not_believed(job):
    job.run()
    job.source.write_text('7')
    job.fails = True
    with pytest.raises(KeyboardInterrupt):
        job.run()
    assert job.target.read_text() == 'half'
    # Not even when its old inputs come back.
    job.source.write_text('1')
    job.fails = False
    assert job.run() == '1' and job.made == 3


def test_what_is_missing_is_said(job, tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere'):
        Steps(tmp_path).do('a', dict(x=tmp_path / 'nowhere'), [], str)
    with pytest.raises(FileNotFoundError, match='never'):
        Steps(tmp_path).do('a', {}, [tmp_path / 'never'], lambda: '')
    assert not (tmp_path / 'a.json').exists()
