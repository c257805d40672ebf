"""House style that no linter of ours knows: sizes, parameters, and the first words of docstrings."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter

import grimp
import pytest

from tests.sample import ROOT

QUESTIONS = {"What", "Whether", "Who", "Whose", "Where", "Which", "How", "When", "Why"}
"""A docstring says what something is or does; one that begins so only names the question."""

MODULES = 370
"""So many modules there may be, the desk, pictures, review and checks included; lowered whenever there are fewer."""

Node = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the program, its text and its tree."""

    name: str
    package: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for file in sorted((ROOT / "tipsheet").rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        package = parts[1] if len(parts) > 2 else "tipsheet"
        text = file.read_text("utf-8")
        found.append(Module(".".join(parts).removesuffix(".__init__"), package, text, ast.parse(text)))
    return tuple(found)


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("tipsheet", cache_dir=None)


def openers(module: Module) -> Iterator[str]:
    """A docstring begins with a noun or a verb."""
    for node in ast.walk(module.tree):
        text = ast.get_docstring(node) if isinstance(node, Node) else None
        if text and text.split()[0].rstrip(",") in QUESTIONS:
            yield f"{getattr(node, 'name', 'the module')}: {text.splitlines()[0]}"


def parameters(module: Module) -> Iterator[str]:
    """A function takes at most six parameters; more are a value that has no name yet."""
    for function in module.functions:
        args = function.args
        names = [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
        count = len(names) - (names[:1] in (["self"], ["cls"]))
        if count > 6:
            yield f"{function.name} takes {count} parameters"


def long_functions(module: Module) -> Iterator[str]:
    """A function fits a screen; a migration is one step, and is left as it was."""
    for function in module.functions if ".migrations." not in module.name else ():
        assert function.end_lineno is not None
        if (lines := function.end_lineno - function.lineno + 1) > 50:
            yield f"{function.name} has {lines} lines"


def long_modules(module: Module) -> Iterator[str]:
    """A module holds one subject."""
    if module.lines > 420:
        yield f"{module.lines} lines"


def small_modules(module: Module) -> Iterator[str]:
    """A small module that one other imports belongs into that one, unless it is an entry of its package's registry."""
    if module.lines < 50 and module.name in graph().modules and not (ROOT / module.name.replace(".", "/")).is_dir():
        users = graph().find_modules_that_directly_import(module.name)
        if len(users) == 1 and users != {module.name.rpartition(".")[0]}:
            yield f"{module.lines} lines, for {', '.join(users)}"


RULES: tuple[Callable[[Module], Iterator[str]], ...] = (
    openers,
    parameters,
    long_functions,
    long_modules,
    small_modules,
)
PACKAGES = sorted({"tipsheet"} | {file.parent.name for file in (ROOT / "tipsheet").glob("*/*.py")})


def breaches(package: str) -> list[str]:
    mine = [module for module in modules() if module.package == package]
    return [f"{module.name}: {said}" for module in mine for rule in RULES for said in rule(module)]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_keeps_the_style(package: str) -> None:
    """Its docstrings begin with a noun or a verb; nothing in it is too long, too small or takes too much."""
    found = breaches(package)
    assert not found, "\n".join(found)


def test_modules_are_few_and_whole() -> None:
    assert len(modules()) <= MODULES


def test_no_module_imports_one_that_imports_it() -> None:
    """Imports inside functions and for types count. Import-linter holds the same for packages."""
    imports = {name: graph().find_modules_directly_imported_by(name) for name in graph().modules}
    TopologicalSorter(imports).prepare()
