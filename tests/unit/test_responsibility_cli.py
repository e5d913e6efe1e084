"""`clearway units|areas|matters|components|route|scenes|check` on the example city."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clearway.check import check
from clearway.cli import app
from models.errors import ConfigurationError

CITY = Path(__file__).parents[2] / "examples" / "city"
KINDS = {
    "units": "units.csv",
    "areas": "areas.geojson",
    "matters": "matters.csv",
    "components": "components.csv",
}


def machine(folder):
    """Settings of a machine with an empty ledger."""
    file = folder / "city.toml"
    file.write_text('data_dir = "data"\n[cases]\nscenes = "scenes"\n', encoding="utf-8")
    shutil.copytree(CITY / "scenes", folder / "scenes")
    run("migrate", "-s", file)
    return file


@pytest.fixture
def city(tmp_path):
    return machine(tmp_path)


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """The example city in force; tests only ask it."""
    file = machine(tmp_path_factory.mktemp("city"))
    for kind, name in KINDS.items():
        run(kind, "import", CITY / name, "-s", file)
    return file


def run(*arguments):
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def said(*arguments):
    return [json.loads(line) for line in run(*arguments, "--json").stdout.splitlines()]


def test_the_example_city_is_imported_and_listed(city):
    for kind, name in KINDS.items():
        (told,) = said(kind, "import", CITY / name, "-s", city)
        assert (told["version"], told["changed"]) == (1, True)
        assert len(said(kind, "list", "-s", city)) == told["rows"]
        assert run(kind, "list", "-s", city).stdout
    assert "in force already" in run("units", "import", CITY / "units.csv", "-s", city).stdout


@pytest.mark.parametrize(
    ("options", "area", "unit"),
    [
        (("--lat", 30.0021, "--lon", 122.0031, "--matter", "fire-lane-blocked"), "grid-101", "fire-brigade"),
        (
            ("--zone", "/harbour/box-2/market/stalls", "--matter", "stall-outside-place"),
            "grid-201",
            "urban-management-old-town",
        ),
        (
            ("--zone", "/harbour/box-1/north-gate", "--matter", "vehicle-misparked"),
            "grid-101",
            "traffic-police",
        ),
        (("--address", "湖畔路88号", "--matter", "road-flooded"), "grid-101", "drainage"),
        (("--area", "lakeside", "--matter", "bus-stop-blocked"), "lakeside", "traffic-police"),
        (("--matter", "smoke-alarm"), "", "fire-brigade"),
    ],
)
def test_route_says_where_a_case_would_land_and_why(imported, options, area, unit):
    (told,) = said("route", *options, "-s", imported)
    assert (told["area"], told["lead_unit"]) == (area, unit)
    assert told["why"]
    assert unit in run("route", *options, "-s", imported).stdout


def test_route_says_whom_a_case_escalates_to(imported):
    (told,) = said("route", "--area", "grid-101", "--matter", "smoke-alarm", "-s", imported)
    assert told["above"] == {
        "area": "lakeside-1",
        "area_path": "/harbour-city/harbour/lakeside/lakeside-1",
        "unit": "harbour-desk",
    }


def test_a_matter_that_nobody_knows_is_said_with_the_nearest(imported):
    done = run("route", "--matter", "smoke-alarms", "-s", imported)
    assert "did you mean 'smoke-alarm'?" in done.stderr


def test_half_a_position_is_refused(city):
    with pytest.raises(ConfigurationError, match="give both"):
        run("route", "--lat", 1, "--matter", "m", "-s", city)


def test_components_are_listed_around_a_place(imported):
    told = said("components", "list", "--near", "30.0021,122.0031", "--kind", "bollard", "-s", imported)
    assert [row["id"] for row in told] == ["BOL-0301", "BOL-0302"]
    for wrong in ("here", "1", "200,0", "nan,0"):
        with pytest.raises(ConfigurationError, match="--near"):
            run("components", "list", "--near", wrong, "-s", imported)


def test_a_dry_run_says_what_would_be_wrong_and_changes_nothing(imported, tmp_path):
    areas = tmp_path / "areas.csv"
    areas.write_text("id,level\nharbour-city,city\nlonely,grid\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no area 'old-town' is known"):
        run("areas", "import", areas, "--dry-run", "-s", imported)
    done = run("areas", "import", CITY / "areas.geojson", "--dry-run", "-s", imported)
    assert "nothing was changed" in done.stdout
    assert len(said("areas", "list", "-s", imported)) == 8


def test_a_warning_is_said_and_does_not_stop_an_import(city, tmp_path):
    areas = tmp_path / "areas.csv"
    areas.write_text("id,level\nlonely,grid\n", encoding="utf-8")
    done = run("areas", "import", areas, "-s", city)
    assert "warning: " in done.stderr
    assert "no case can land here" in done.stderr


def test_a_file_that_is_not_there_is_refused(city):
    with pytest.raises(ConfigurationError, match="no such file"):
        run("areas", "import", "missing.csv", "-s", city)


def test_scenes_are_listed_and_shown_with_a_citys_own(city):
    told = said("scenes", "list", "-s", city)
    assert [pack["name"] for pack in told][-1] == "bus-stop"
    assert "bus-stop" in run("scenes", "list", "-s", city).stdout
    shown = run("scenes", "show", "bus-stop", "-s", city).stdout
    for words in (
        "公交站台被占用",
        '[[zone]]\nid = "bus-stop-1"',
        "notify_owner",
        "Whether a bus can pull in",
    ):
        assert words in shown
    (one,) = said("scenes", "show", "smoke", "-s", city)
    assert one["sensor"] == {"kind": "smoke"}
    with pytest.raises(ConfigurationError, match="did you mean 'fire-lane'"):
        run("scenes", "show", "fire-line", "-s", city)


def test_check_finds_the_example_city_without_a_fault():
    assert (
        check([*(CITY / name for name in KINDS.values()), CITY / "scenes", CITY / "scenes" / "bus-stop"])
        == []
    )
    assert check([CITY / "scenes" / "bus-stop" / name for name in ("scene.toml", "checklist.toml")]) == []


def test_check_holds_files_against_each_other(tmp_path):
    matters = tmp_path / "matters.csv"
    matters.write_text(
        "code,area,lead_unit,policy\nm,,fire-brigade,bus-stop\nm,lakesid,,\n", encoding="utf-8"
    )
    files = [matters, CITY / "areas.geojson", CITY / "units.csv"]
    assert [found.key for found in check(files)] == ["policy", "area"]
    (found,) = check([*files, CITY / "scenes"])
    assert "did you mean 'lakeside'?" in str(found)


def test_check_says_the_faults_of_a_scene(tmp_path):
    folder = tmp_path / "bus-stop"
    shutil.copytree(CITY / "scenes" / "bus-stop", folder)
    (folder / "texts" / "en" / "notice.j2").write_text("{{ owner }}", encoding="utf-8")
    (found,) = check([folder])
    assert "'owner' is undefined" in str(found)
    (folder / "scene.toml").write_text(
        'matter = "m"\n[name]\nzh = "a"\n[zone]\nkind = "water"\n', encoding="utf-8"
    )
    assert "name.en: is missing" in str(check([folder / "scene.toml"])[0])
