"""Which public name of calibration.stats is checked by what: read from the marks of the tests beside this file.

python tests/reference/checked.py writes the table of README.md anew.
"""

import ast
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE / "README.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->"


def checked_by():
    """By public name: what it is checked by, in the order of the files."""
    found = defaultdict(list)
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for mark in getattr(node, "decorator_list", []):
                if ast.unparse(mark).startswith("pytest.mark.oracle("):
                    [by] = [ast.literal_eval(word.value) for word in mark.keywords if word.arg == "by"]
                    for name in map(ast.literal_eval, mark.args):
                        if by not in found[name]:
                            found[name].append(by)
    return dict(sorted(found.items()))


def table():
    """The table as it stands in README.md."""
    rows = (f"| `{name}` | {'; '.join(by)} |\n" for name, by in checked_by().items())
    return "| name | checked by |\n|---|---|\n" + "".join(rows)


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(before + BEGIN + table() + END + after)
    sys.stdout.write(f"{len(checked_by())} names.\n")
