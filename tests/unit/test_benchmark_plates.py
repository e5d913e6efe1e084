"""The plate benchmark's own counting."""

import dataclasses

import numpy as np
import pytest

from benchmarks.plate_baseline import ALPHABET, _joined
from benchmarks.plates import EPOCH, Judged, Kept, Reads, _texts, figures, judged
from detectors.plate_grammar import open_grammar
from detectors.plates import PlateRead, ScriptedReader
from models.errors import ConfigurationError
from studio.plates.sequences import sequences_of, write_sequences

CN = open_grammar("cn")
QUAD = ((0.2, 0.4), (0.8, 0.4), (0.8, 0.6), (0.2, 0.6))


def outcome(*, right=True, accepted=True, width_px=120.0, kind="blue"):
    return Judged(kind=kind, width_px=width_px, right=right, accepted=accepted)


def read(text, score=0.95):
    return PlateRead(text=text, characters=(score,) * len(text), quad=QUAD)


def test_only_plates_wide_enough_are_held_against_the_bars():
    outcomes = [outcome()] * 3 + [outcome(right=False)] + [outcome(right=False, width_px=70)] * 10
    shown = {one.figure: one for one in figures("x", outcomes, ours=True)}
    right = shown["plates x: right and sure after 5 looks"]
    wrong = shown["plates x: wrong but sure"]
    assert (right.value, right.holds) == (0.75, False)
    assert (wrong.value, wrong.holds) == (0.25, False)
    assert shown["plates x, 60-90 px: right and sure"].value == 0


def test_a_right_plate_that_nobody_may_act_on_is_not_counted_as_read():
    shown = {one.figure: one.value for one in figures("x", [outcome(accepted=False)], ours=True)}
    assert shown["plates x: right and sure after 5 looks"] == 0
    assert shown["plates x: right, sure or not"] == 1
    assert shown["plates x: wrong but sure"] == 0


def test_what_is_compared_with_has_no_bar():
    assert all(one.bar is None for one in figures("gpl", [outcome()], ours=False))


def test_each_picture_is_read_once_however_often_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "set"
    [*write_sequences(folder, 2, 3, "develop")]
    texts = [one.text for one in sequences_of(folder)]
    script = [(read(text),) for text in texts for _ in range(2)]
    reader = ScriptedReader(script)
    first = list(judged(folder, Reads(lambda: reader, "scripted", "1"), CN, None))
    assert all(one.right and one.accepted for one in first)
    again = list(judged(folder, Reads(lambda: pytest.fail("read anew"), "scripted", "1"), CN, None))
    assert again == first
    assert reader.runs == 4


def test_a_plate_is_read_until_it_is_sure_and_no_longer(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "set"
    [*write_sequences(folder, 1, 3, "develop")]
    (sequence,) = sequences_of(folder)
    reader = ScriptedReader([(), (read(sequence.text),), (read(sequence.text),)])
    for reads, sure, runs in ((reader, True, 3), (ScriptedReader([(read("沪C11111"),)]), False, 5)):
        (one,) = judged(folder, Reads(lambda reads=reads: reads, "scripted", str(runs)), CN, None)
        assert (one.accepted, reads.runs) == (sure, runs)


def test_longer_sequences_are_read_as_long_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "set"
    [*write_sequences(folder, 1, 3, "develop", 8)]
    reader = ScriptedReader([(read("沪C11111"),)])
    outcomes = list(judged(folder, Reads(lambda: reader, "scripted", "1"), CN, None))
    assert reader.runs == 8
    assert next(figures("ours", outcomes, ours=True)).figure.endswith("after 8 looks")


@pytest.mark.parametrize("content", ["", "garbage\n", "{}\n", None])
def test_what_is_no_set_of_sequences_is_refused_and_judged_as_nothing(tmp_path, content):
    if content is not None:
        (tmp_path / "labels.jsonl").write_text(content)
    with pytest.raises(ConfigurationError, match="is no set of plate sequences"):
        list(judged(tmp_path, None, CN, None))


def test_without_the_second_readers_word_the_vote_alone_makes_a_plate_sure(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "set"
    [*write_sequences(folder, 1, 3, "develop")]
    (sequence,) = sequences_of(folder)
    contradicted = sequence.text[:-1] + ("2" if sequence.text[-1] == "1" else "1")
    reads = Reads(
        lambda: ScriptedReader([(dataclasses.replace(read(sequence.text), others=(contradicted,)),)] * 5),
        "s",
        "1",
    )
    for seconded in (True, False):
        (one,) = judged(folder, reads, CN, None, seconded=seconded)
        assert (one.right, one.accepted) == (True, not seconded)


def test_an_answer_that_was_being_written_when_a_run_was_killed_is_read_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "set"
    [*write_sequences(folder, 1, 3, "develop")]
    (sequence,) = sequences_of(folder)
    reads = Reads(lambda: ScriptedReader([(read(sequence.text),)] * 9), "scripted", "2")
    list(judged(folder, reads, CN, None))
    whole = reads.file.read_bytes()
    reads.file.write_bytes(whole[:-20])
    again = Reads(lambda: ScriptedReader([()]), "scripted", "2")
    assert isinstance(again.of(folder / sequence.looks[1].file), Kept)
    assert again.of(folder / sequence.looks[0].file).reads[0].text == sequence.text


def test_a_folder_without_sequences_is_told_with_how_to_make_them(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ConfigurationError, match="--sequences"):
        list(judged(tmp_path, Reads(lambda: ScriptedReader([]), "none", "0"), CN, None))


def test_texts_are_plates_the_best_first():
    reads = [read("顺丰速运"), read("浙B8K236", 0.6), read("沪C11111", 0.9), read("沪C11111", 0.8)]
    assert _texts(reads, CN) == ["沪C11111", "浙B8K236"]
    assert EPOCH.tzinfo is not None


def test_repeated_answers_are_one_and_blanks_none():
    shares = np.full((6, len(ALPHABET)), 0.01)
    for place, character in enumerate(("浙", "浙", "#", "B", "#", "B")):
        shares[place, ALPHABET.index(character)] = 0.9
    assert _joined(shares)[0] == "浙BB"
