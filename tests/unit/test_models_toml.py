"""TOML to checked models: every fault at its line, with its key and a remedy."""

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from models.errors import ConfigurationError
from models.records import ZoneKind
from models.toml import FrozenModel, key_lines, nearest, parse, table


class Lamp(FrozenModel):
    name: str
    watts: int = Field(default=5, ge=1)


class Pole(FrozenModel):
    kind: ZoneKind = ZoneKind.WATER
    points: tuple[tuple[float, float], ...] = ()
    lamp: tuple[Lamp, ...] = ()
    spare: Lamp | None = None


class Street(FrozenModel):
    name: str
    notes: str = ""
    pole: tuple[Pole, ...] = ()
    extra: dict[str, Lamp] = Field(default_factory=dict)


def faults(text):
    with pytest.raises(ConfigurationError) as caught:
        parse(dedent(text).lstrip("\n"), "street.toml", Street)
    return [(fault.line, fault.key) for fault in caught.value.faults]


def fault(text):
    with pytest.raises(ConfigurationError) as caught:
        parse(dedent(text).lstrip("\n"), "street.toml", Street)
    (only,) = caught.value.faults
    return only


def test_a_good_file_is_what_it_says():
    street = parse('name = "Quay"\n[[pole]]\nkind = "no_stall"\n', "street.toml", Street)
    assert street == Street(name="Quay", pole=(Pole(kind=ZoneKind.NO_STALL),))


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        pytest.param('name = "x"\nnmae = "y"\n', 2, "nmae", id="an unknown key"),
        pytest.param("# nothing\n", 1, "name", id="a missing key at the top"),
        pytest.param(
            'name = "x"\n\n[[pole]]\n[[pole.lamp]]\nwatts = 9\n', 4, "pole[0].lamp[0].name", id="missing"
        ),
        pytest.param("name = 7\n", 1, "name", id="a wrong type"),
        pytest.param('name = "x"\n[[pole]]\nkind = "moat"\n', 3, "pole[0].kind", id="a word that is none"),
        pytest.param(
            'name = "x"\n[[pole]]\n[[pole.lamp]]\nname = "a"\nwatts = 0\n',
            5,
            "pole[0].lamp[0].watts",
            id="a bound",
        ),
        pytest.param(
            'name = "x"\n[[pole]]\n[[pole.lamp]]\nname="a"\n[[pole]]\n[[pole.lamp]]\nname="a"\nwatts=0\n',
            8,
            "pole[1].lamp[0].watts",
            id="in the second table's own array",
        ),
        pytest.param(
            'name = "x"\n[[pole]]\n[pole.spare]\nname = "a"\nwatts = 0\n[[pole]]\n',
            5,
            "pole[0].spare.watts",
            id="a table",
        ),
        pytest.param(
            'name = "x"\n[[pole]]\nspare.watts = 0\nspare.name = "a"\n', 3, "pole[0].spare.watts", id="dotted"
        ),
        pytest.param(
            'name = "x"\n[[pole]]\nspare = { name = "a", watts = 0 }\n',
            3,
            "pole[0].spare.watts",
            id="inline table",
        ),
        pytest.param(
            'name = "x"\n[extra."a.b"]\nname = "a"\nwatts = 0\n',
            4,
            "extra.a.b.watts",
            id="a quoted key with a dot",
        ),
        pytest.param(
            "name = 'x'\n[extra.'a']\nname = 'a'\nwatts = 0\n",
            4,
            "extra.a.watts",
            id="a key in single quotes",
        ),
        pytest.param(
            'name = "x"\n[[pole]]\npoints = [\n  [0.1, 0.2],  # ] one\n  [0.3, 0.4],\n]\nkind = "moat"\n',
            7,
            "pole[0].kind",
            id="after an array over several lines",
        ),
        pytest.param(
            'name = "x"\n[[pole]]\npoints = [\n  [0.1, 0.2],\n  ["a", 0.4],\n]\n',
            3,
            "pole[0].points[1][0]",
            id="inside an array over several lines",
        ),
        pytest.param(
            'notes = """\n[[pole]]\nname = "not this"\n"""\nname = 5\n',
            5,
            "name",
            id="after a text over several lines",
        ),
        pytest.param('notes = "a # [ b"\nname = 5\n', 2, "name", id="after brackets in a text"),
        pytest.param('notes = "a"\r\nname = 5\r\n', 2, "name", id="with the line ends of another system"),
        pytest.param('notes = "a\u2028b"\nname = 5\n', 2, "name", id="after a line separator in a text"),
    ],
)
def test_a_fault_is_found_at_its_line(text, line, key):
    assert faults(text) == [(line, key)]


def test_every_fault_is_said_at_once_in_the_order_of_the_file():
    text = """
        [[pole]]
        kind = "moat"
        [[pole]]
        color = "red"
        lamp = [{ name = 5 }]
    """
    assert faults(text) == [
        (1, "name"),
        (2, "pole[0].kind"),
        (4, "pole[1].color"),
        (5, "pole[1].lamp[0].name"),
    ]


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        pytest.param('nmae = "x"\nname = "x"', "no such key", "did you mean 'name'?", id="misspelt"),
        pytest.param(
            'zzzz = 1\nname = "x"', "no such key", "known keys: extra, name, notes, pole", id="not near"
        ),
        pytest.param(
            'name = "x"\n[[pole]]\n[[pole.lamp]]\nname = "l"\nwats = 1',
            "no such key",
            "did you mean 'watts'?",
            id="deep",
        ),
        pytest.param(
            'name = "x"\n[[pole]]\n[pole.spare]\nname = "l"\nwats = 1',
            "no such key",
            "did you mean 'watts'?",
            id="in an optional table",
        ),
        pytest.param(
            'name = "x"\n[extra.a]\nname = "l"\nwats = 1',
            "no such key",
            "did you mean 'watts'?",
            id="in a named table",
        ),
        pytest.param("", "is missing", "add it", id="missing"),
        pytest.param(
            'name = "x"\n[[pole]]\nkind = "fire-lane"',
            "'fire-lane' is not one of 'fire_lane', 'no_parking', 'no_stall' or 'water'",
            "did you mean 'fire_lane'?",
            id="a word that is none",
        ),
    ],
)
def test_a_fault_names_the_remedy(text, problem, remedy):
    found = fault(text)
    assert (found.problem, found.remedy) == (problem, remedy)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a = 1\nb = = 2\n", 2, id="two signs"),
        pytest.param("a = 1\n[b\n", 2, id="an open table"),
        pytest.param("a = 1\na = 2\n", 2, id="a key twice"),
        pytest.param("a = [1,\n", 2, id="an open array"),
        pytest.param("a = 2026-13-45\n", 1, id="no such day"),
    ],
)
def test_what_is_no_toml_is_said_with_its_line(text, line):
    with pytest.raises(ConfigurationError) as caught:
        table(text, "x.toml")
    (found,) = caught.value.faults
    assert found.line == line
    assert "is not TOML" in found.problem


@pytest.mark.parametrize(
    "text",
    [pytest.param(f"a = {'9' * 5000}", id="endless digits"), pytest.param("a = " + "[" * 9999, id="deep")],
)
def test_what_the_reader_chokes_on_is_a_fault_of_the_file(text):
    with pytest.raises(ConfigurationError, match=r"x\.toml"):
        table(text, "x.toml")


@settings(max_examples=200)
@given(st.text() | st.lists(st.sampled_from(list("[]{}\"'#=.,\n\\a1 ")), max_size=30).map("".join))
def test_no_text_raises_anything_but_a_configuration_error(text):
    key_lines(text)
    with pytest.raises(ConfigurationError):
        parse(text, "x.toml", Street)


def test_models_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Lamp(name="a").watts = 3


@pytest.mark.parametrize(
    ("word", "remedy"), [("dwel_s", "did you mean 'dwell_s'?"), ("banana", ""), ("", "")]
)
def test_only_a_near_word_is_suggested(word, remedy):
    assert nearest(word, ["dwell_s", "polygon"]) == remedy
