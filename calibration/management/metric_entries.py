"""Entries of docs/metrics.md that come from the docstrings of calibration.stats, between markers that name modules.

A block begins with `<!-- functions: agreement, pairs -->` and ends with `<!-- end -->`; `*` stands for the modules that
no other block names.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator

from calibration import stats

_BLOCK = re.compile(r"<!-- functions: (?P<modules>[^>]*?) -->\n.*?<!-- end -->", re.DOTALL)
_CITED = re.compile(r"\(([^()]*?\b(?:1[6-9]|20)\d\d\b[^()]*)\)")
_RAISES = re.compile(r"Raises\b.*?\.(?=\s+[A-Z`]|\s*$)", re.DOTALL)
_CODE = re.compile(r"(`[^`]*`)")
_LINE = 110
_REST = "*"


def fill_blocks(text: str) -> str:
    """The document with every block written anew from the docstrings. Raises ValueError for a module out of place."""
    named = [name for block in _BLOCK.finditer(text) for name in _names(block["modules"])]
    known = {module for module, _ in _public()}
    unknown = sorted(set(named) - known - {_REST})
    if unknown:
        raise ValueError(f"calibration.stats has no public names in {', '.join(unknown)}: mend the marker.")
    if _REST not in named and known - set(named):
        raise ValueError(f"No block names {', '.join(sorted(known - set(named)))}: add the modules to a marker.")
    rest = sorted(known - set(named))
    return _BLOCK.sub(lambda block: _filled(block["modules"], rest), text)


def missing_names(text: str) -> list[str]:
    """Public names without an entry."""
    return [name for name in stats.__all__ if f"#### `{name}`\n" not in text]


def cited(text: str) -> list[str]:
    """The sources that a docstring names, in parentheses with their year.

    >>> cited("Score interval (Wilson 1927; Newcombe 1998, method 3) of hits (of n).")
    ['Wilson 1927; Newcombe 1998, method 3']
    """
    return [" ".join(source.split()) for source in _CITED.findall(text)]


def entry(name: str) -> str:
    """One public name: its signature, what its docstring says, sources and errors apart, and its example."""
    thing = getattr(stats, name)
    words, example = _split(inspect.getdoc(thing) or "")
    raised = [" ".join(sentence.split()) for sentence in _RAISES.findall(words)]
    words = re.sub(r"[ \t]+", " ", _RAISES.sub("", words)).strip()
    parts = [f"#### `{name}`", _fenced(_signature(thing)), _escaped(words)]
    points = [f"- **Source:** {_escaped(source)}" for source in cited(words)]
    points += [f"- **{_escaped(sentence).replace('Raises', 'Raises**', 1)}" for sentence in raised]
    points += _members(thing)
    return "\n\n".join([*parts, *(["\n".join(points)] if points else []), *([_fenced(example)] if example else [])])


def _filled(modules: str, rest: list[str]) -> str:
    names = [name for module in _names(modules) for name in ([module] if module != _REST else rest)]
    listed = [public for module in names for public in _names_of(module)]
    summary = ", ".join(f"<code>{name}</code>" for name in listed)
    inside = "\n\n".join(map(entry, listed))
    folded = f"<details>\n<summary>Functions: {summary}</summary>\n\n{inside}\n\n</details>" if listed else ""
    return f"<!-- functions: {modules} -->\n{folded}\n<!-- end -->"


def _names(modules: str) -> list[str]:
    return [name.strip() for name in modules.split(",") if name.strip()]


def _public() -> Iterator[tuple[str, str]]:
    """Module and name of everything public."""
    for name in stats.__all__:
        yield getattr(stats, name).__module__.rpartition(".")[2], name


def _names_of(module: str) -> list[str]:
    """The public names of a module in the order in which it defines them."""
    found = [name for place, name in _public() if place == module]
    return sorted(found, key=lambda name: _line(getattr(stats, name)))


def _line(thing: object) -> int:
    return inspect.getsourcelines(thing)[1]  # type: ignore[arg-type]


def _split(doc: str) -> tuple[str, str]:
    """The words of a docstring and its example."""
    words, mark, example = doc.partition(">>>")
    return words.strip(), (mark + example).strip()


def _signature(thing: object) -> str:
    """A function as it is called, or a class with its fields."""
    node = ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]  # type: ignore[arg-type]
    if isinstance(node, ast.FunctionDef):
        return _called(node)
    if isinstance(node, ast.ClassDef):
        return _class(node)
    raise TypeError(f"{thing} is neither a function nor a class.")


def _called(node: ast.FunctionDef) -> str:
    arguments = ast.unparse(node.args)
    returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{node.name}({arguments}){returned}"
    if len(line) <= _LINE:
        return line
    inside = textwrap.indent(",\n".join(_apart(arguments)), "    ")
    return f"{node.name}(\n{inside},\n){returned}"


def _class(node: ast.ClassDef) -> str:
    bases = ", ".join(map(ast.unparse, node.bases))
    fields = [ast.unparse(part) for part in node.body if isinstance(part, (ast.AnnAssign, ast.Assign))]
    head = f"class {node.name}({bases})" if bases else f"class {node.name}"
    return "\n".join([f"{head}:" if fields else head, *(f"    {field}" for field in fields)])


def _apart(arguments: str) -> list[str]:
    """Arguments at commas outside of brackets.

    >>> _apart("a: int, b: dict[str, int], *, c=(1, 2)")
    ['a: int', 'b: dict[str, int]', '*', 'c=(1, 2)']
    """
    found, depth = [""], 0
    for character in arguments:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return [part.strip() for part in found]


def _members(thing: object) -> list[str]:
    """A line a public method and property of a class that says more than its name."""
    if not inspect.isclass(thing):
        return []
    found = []
    for name, member in vars(thing).items():
        called = inspect.unwrap(getattr(member, "fget", None) or getattr(member, "__func__", None) or member)
        if name.startswith("_") or not inspect.isfunction(called) or not inspect.getdoc(called):
            continue
        first = " ".join(_split(inspect.getdoc(called) or "")[0].split("\n\n")[0].split())
        found.append(f"- `{name if isinstance(member, property) else name + '()'}`: {_escaped(first)}")
    return found


def _escaped(words: str) -> str:
    """Words of a docstring as Markdown: outside of code nothing looks like markup."""
    parts = _CODE.split(words)
    return "".join(part if part.startswith("`") else _plain(part) for part in parts)


def _plain(part: str) -> str:
    return part.replace("<", "&lt;").replace("*", "\\*")


def _fenced(code: str) -> str:
    return f"```python\n{code}\n```"
