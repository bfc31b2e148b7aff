"""Size is a cost: budgets in lines of code, and no file or function too long to read at once."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUDGETS = {"evallib": 7241, "compendium": 11158, "standin": 660}
LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 400, 40
_BLANK = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER,
}  # fmt: skip


def code_lines(source: str) -> set[int]:
    """The numbers of lines that hold code: no docstring, comment or blank."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    spans = [range(t.start[0], t.end[0] + 1) for t in tokens if t.type not in _BLANK]
    return {line for span in spans for line in span} - set(_docstrings(ast.parse(source)))


def _docstrings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)  # a lambda's is no list
        for statement in body if isinstance(body, list) else []:
            match statement:
                case ast.Expr(value=ast.Constant(value=str())):
                    yield from range(statement.lineno, (statement.end_lineno or 0) + 1)


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def test_docstrings_comments_and_blanks_do_not_count():
    source = '''"""Doc."""

# comment
def f():
    """Doc
    more."""
    return (
        1
    )
'''
    assert code_lines(source) == {4, 7, 8, 9}


@pytest.mark.parametrize("package", BUDGETS)
def test_a_package_keeps_its_budget(package):
    size = sum(len(code_lines(path.read_text("utf-8"))) for path in modules(package))
    assert size <= BUDGETS[package]


@pytest.mark.parametrize("package", BUDGETS)
def test_no_file_and_no_function_is_too_long(package):
    long = []
    for path in modules(package):
        source = path.read_text("utf-8")
        if source.count("\n") > LINES_OF_A_FILE:
            long.append(f"{path.name}: {source.count(chr(10))} lines")
        code = code_lines(source)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = code & set(range(node.lineno, (node.end_lineno or 0) + 1))
                if len(lines) > LINES_OF_A_FUNCTION:
                    long.append(f"{path.name}, {node.name}: {len(lines)} lines")
    assert long == []
