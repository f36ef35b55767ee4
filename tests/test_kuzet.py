import pytest

import kuzet


@pytest.mark.parametrize("words", [["--help"], ["help"], []])
def test_kuzet_lists_every_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert kuzet.main(words) == 0
    said = capsys.readouterr().out
    assert [command for command in kuzet.COMMANDS if f"  {' '.join(command)} " not in said] == []


@pytest.mark.parametrize("words", [["edge"], ["edge", "--help"]])
def test_kuzet_lists_the_commands_of_a_family_alone(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert kuzet.main(words) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()[2:]]
    assert set(listed) == {"edge"}
    assert len(listed) == 5


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["cuont", "trace.csv"], "; did you mean `kuzet count`?"),
        (["edge", "prob"], "; did you mean `kuzet edge probe`?"),
        (["xyzzy"], "`\n"),
    ],
)
def test_kuzet_refuses_an_unknown_command_and_names_the_nearest(
    words: list[str], near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kuzet.main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"error: there is no command `{' '.join(words[:2])}`")
    assert near in said.err
