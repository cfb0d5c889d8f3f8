"""Expressions that a program would evaluate: only arithmetic on plain names passes."""

import ast

LONGEST = 2_000
ARITHMETIC = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
    ast.Load,
    ast.Name,
    ast.keyword,
    ast.Subscript,
)


def is_arithmetic(text: str, *, functions: frozenset[str], methods: frozenset[str]) -> bool:
    """Tell whether an expression only calculates, with none but the named functions and methods.

    Texts may stand in it only as the names of symbols and as keys.
    """
    if len(text) > LONGEST:
        return False
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(_is_harmless(node, functions, methods) for node in ast.walk(tree))


def _is_harmless(node: ast.AST, functions: frozenset[str], methods: frozenset[str]) -> bool:
    if isinstance(node, ast.Call):
        called = node.func
        return isinstance(called, ast.Attribute) or (
            isinstance(called, ast.Name) and called.id in functions
        )
    if isinstance(node, ast.Attribute):
        return node.attr in methods
    if isinstance(node, ast.Constant):
        value = node.value
        return isinstance(value, (bool, int, float)) or (
            isinstance(value, str) and value.isidentifier()
        )
    if isinstance(node, ast.Name):
        return not node.id.startswith("__")
    return isinstance(node, ARITHMETIC)
