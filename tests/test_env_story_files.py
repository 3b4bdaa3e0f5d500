"""Where stories are looked for, and what is said of files that are none."""

import pytest
import yaml

import archer
from archer.errors import OptionError
from stories import FOLDER, skip_without
from test_cli_commands import CONFIG, assert_one_clear_line, command_runner  # noqa: F401 - a fixture

DETECTIVE = FOLDER / "detective.z5"


@pytest.fixture(autouse=True)
def no_folder(monkeypatch):
    """No folder of stories, and nothing in the current one."""
    monkeypatch.delenv("ARCHER_STORIES", raising=False)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "story.z5 is no story that can be played: it has 0 bytes"),
        (b"A short text.\n", "it has 14 bytes, and a story file has a header of 64"),
        (b"Once upon a time.\n" * 9, "its first byte is 79, and a story file of version 3, 4, 5"),
        (b"Glul" + bytes(96), "it is a Glulx story: this machine runs Z-machine stories"),
        (b"FORM" + bytes(96), "it is a Blorb or Quetzal file: give the story file itself"),
        (b"\x06" + bytes(99), "it is a story of version 6: this machine runs version 3, 4, 5 and"),
        (bytes(600_000), "story.z5 cannot be read: it is longer than 512 KiB"),
    ],
    ids=["empty", "short", "text", "glulx", "blorb", "version 6", "long"],
)
@pytest.mark.parametrize("env_id", ["detective", "zmachine"])
def test_files_that_are_no_stories(tmp_path, env_id, contents, message):
    path = tmp_path / "story.z5"
    path.write_bytes(contents)
    with pytest.raises(OptionError, match=message):
        archer.make_vec(env_id, story=str(path))


@skip_without("detective.z5")
@pytest.mark.parametrize("length", [64, 5000, 100_000])
def test_a_story_that_is_cut_short(tmp_path, length):
    path = tmp_path / "story.z5"
    path.write_bytes(DETECTIVE.read_bytes()[:length])
    with pytest.raises(OptionError, match=rf"107576 bytes, and it has {length}: it is cut short"):
        archer.make_vec("detective", story=str(path))


def test_what_is_no_file(tmp_path, monkeypatch):
    story = str(tmp_path / "story.z5")
    with pytest.raises(OptionError, match=f'no story file "{story}", and ARCHER_STORIES names'):
        archer.make_vec("zmachine", story=story)
    with pytest.raises(OptionError, match=f"{tmp_path} is a folder: give a story file in it"):
        archer.make_vec("zmachine", story=str(tmp_path))
    monkeypatch.setenv("ARCHER_STORIES", "")
    with pytest.raises(OptionError, match="ARCHER_STORIES names no folder of stories"):
        archer.make_vec("zmachine", story="other.z5")
    monkeypatch.setenv("ARCHER_STORIES", str(tmp_path))
    with pytest.raises(OptionError, match=f'no story file "other.z5", nor in {tmp_path}'):
        archer.make_vec("zmachine", story="other.z5")
    with pytest.raises(OptionError, match=r'no story file "detective.z5", nor in .* ifarchive.org'):
        archer.make_vec("detective")


@pytest.mark.parametrize("story", [None, 5, True, ["a.z5"], {}])
def test_what_is_no_path(story):
    with pytest.raises(OptionError, match=r"give.* the path of a Z-machine story file"):
        archer.make_vec("zmachine", story=story)


@skip_without("detective.z5")
def test_stories_are_found_by_path_and_by_name(tmp_path, monkeypatch):
    by_path = archer.make_vec("detective", story=str(DETECTIVE)).reset_at([0])
    monkeypatch.setenv("ARCHER_STORIES", str(FOLDER))
    assert archer.make_vec("detective").reset_at([0]) == by_path
    assert archer.make_vec("zmachine", story="detective.z5").reset_at([0]) == by_path
    assert archer.make_vec("zmachine", story=DETECTIVE).reset_at([0]) == by_path
    (tmp_path / "detective.z5").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match="it has 0 bytes"):
        archer.make_vec("detective")  # what is in the current folder comes first


@pytest.mark.parametrize("seed", [0, -1, 2**31, 1.5, "x", True, [1]])
def test_seeds_that_frotz_does_not_take(seed):
    with pytest.raises(OptionError, match="give a whole number from 1 to 2147483647"):
        archer.make_vec("detective", story=str(DETECTIVE), frotz_seed=seed)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("observation", "full", "give game or paper"),
        ("show_commands", 1, "give true or false"),
        ("max_turns", 0, "max_turns is 0"),
        ("case", 1, "detective has no option 'case'"),
    ],
)
def test_other_options(option, value, message):
    with pytest.raises(OptionError, match=message):
        archer.make("detective", **{"story": str(DETECTIVE), option: value})


@skip_without("detective.z5")
def test_a_reset_has_no_options():
    with pytest.raises(OptionError, match='no option "case"; there are none'):
        archer.make("detective", story=str(DETECTIVE)).reset(options={"case": 1})


@skip_without("detective.z5")
def test_training_on_a_story(run, tmp_path):
    config = yaml.safe_load(CONFIG.format(out=tmp_path / "run"))
    config["env"] |= {"id": "detective", "options": {"story": str(DETECTIVE), "max_turns": 2}}
    config["archer"]["iterations"] = 1
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    code, _, _ = run("train", tmp_path / "config.yaml")
    assert code == 0
    assert (tmp_path / "run" / "policy").is_dir()
    config["env"]["options"]["story"] = "nowhere.z5"
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    code, _, err = run("train", tmp_path / "config.yaml", "--run.out", tmp_path / "other")
    assert_one_clear_line(code, err, 'no story file "nowhere.z5"')
