import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from calibration.management.commands.analyze import write_whole

ROOT = Path(__file__).resolve().parents[2]
GOOD = "item,rater,label,gold\n" + "".join(f"{i},{r},x,x\n" for i in range(30) for r in "ab")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "good.csv").write_text(GOOD)
    (tmp_path / "bad.csv").write_text("item,rater,label\n1,a,x\n1,b\n")
    return tmp_path


def analyze(*arguments):
    """Standard output, standard error and exit code, in this process."""
    out, err = StringIO(), StringIO()
    try:
        call_command("analyze", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as end:
        return out.getvalue(), err.getvalue(), end.code
    return out.getvalue(), err.getvalue(), 0


def test_json_is_all_that_is_printed(folder):
    out, err, code = analyze(folder / "good.csv", "--json")

    assert code == 0
    assert err == ""
    assert json.loads(out)["input"]["ratings"] == 60


def test_html_is_written_whole(folder):
    _, err, code = analyze(folder / "good.csv", "--html", folder / "report.html")

    assert code == 0
    assert (folder / "report.html").read_text().endswith("</html>\n")
    assert "report.html" in err
    assert sorted(path.name for path in folder.iterdir()) == ["bad.csv", "good.csv", "report.html"]


def test_bad_input_is_a_sentence_with_exit_code_2_and_nothing_written(folder):
    out, err, code = analyze(folder / "bad.csv", "--json", "--html", folder / "report.html")

    assert (out, code) == ("", 2)
    assert err.endswith("bad.csv, line 3: 2 fields, but the header has 3. Mend the line.\n")
    assert sorted(path.name for path in folder.iterdir()) == ["bad.csv", "good.csv"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--target", "95"], "--target 95 is not a share: write 0.95 for 95 %."),
        (["--categories", "x,x"], "--categories names a label twice."),
        (
            ["--wide", "a,b", "--rater-column", "c"],
            "--wide names a column a rater, so --rater-column and --label-column",
        ),
        (["--wide", "rater,rater"], "--wide names a column twice."),
        (["--bootstrap", "99"], "--bootstrap 99: write a number from 100 to 100,000, as 1000."),
        (["--bootstrap", "-1"], "--bootstrap -1: write a number from 100 to 100,000, as 1000."),
        (["--multi", " "], '--multi needs what stands between the labels of a set, as in --multi "|".'),
        (["--multi", "|", "--level", "ordinal"], "--multi and --level ordinal do not go together: sets of labels"),
        (["--multi", "|", "--order", "x"], "--multi and --order do not go together: sets of labels have no order."),
        (["--no-violation", "fine"], "--no-violation fine: nobody gave that label. The labels are x."),
        (["--html", "nowhere/report.html"], "nowhere/report.html cannot be written: No such file or directory."),
    ],
)
def test_arguments_that_make_no_sense_are_refused(folder, arguments, sentence):
    out, err, code = analyze(folder / "good.csv", *arguments)

    assert (out, code) == ("", 2)
    assert err.startswith(sentence)


def test_time_column_that_is_not_there_is_refused(folder):
    out, err, code = analyze(folder / "good.csv", "--time-column", "took")

    assert (out, code) == ("", 2)
    assert 'has no column "took".' in err


def test_every_option_is_in_the_command_that_is_suggested(folder):
    (folder / "other.csv").write_text(GOOD.replace("item,rater,label,gold", "task_id,worker,answer,truth"))

    _, err, _ = analyze(folder / "other.csv", "--bootstrap", "100", "--multi", "+", "--no-violation", "x")
    command = err.strip().splitlines()[-1].split()
    out, _, code = analyze(*command[3:], "--json")

    assert code == 0
    assert json.loads(out)["bootstrap"]["replicates"] == 100


def test_guess_ends_with_a_command_that_works(folder):
    (folder / "other.csv").write_text(GOOD.replace("item,rater,label,gold", "task_id,worker,answer,truth"))

    _, err, code = analyze(folder / "other.csv", "--target", "0.9")
    command = err.strip().splitlines()[-1].split()
    out, _, again = analyze(*command[3:], "--json")

    assert code == 2
    assert command[:3] == ["python", "manage.py", "analyze"]
    assert again == 0
    assert json.loads(out)["raters"][0]["n"] == 30


def test_a_page_that_cannot_be_replaced_leaves_nothing_behind(tmp_path):
    (tmp_path / "report.html").mkdir()

    with pytest.raises(ValueError, match="cannot be written"):
        write_whole(tmp_path / "report.html", "text")

    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_no_database_is_needed(folder):
    """The command in a process of its own, with an address at which no server answers."""
    environment = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)

    done = subprocess.run(
        [sys.executable, "manage.py", "analyze", str(folder / "good.csv"), "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["input"]["items"] == 30
