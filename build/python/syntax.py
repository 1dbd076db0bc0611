"""Reads one Python file as this interpreter on this platform would run it: which modules it imports, which libraries it
opens by name. The scripts that use it stand below it in one file."""
import ast
import re
import sys

FACTS = {"sys.platform": "linux", "os.name": "posix", "platform.system": "Linux", "sys.version_info": sys.version_info[:3], "sys.implementation.name": "cpython"}
# Names that packages commonly give to such questions, where the answer stands in another file.
NO = {"WIN", "WIN32", "WINDOWS", "IS_WINDOWS", "_WINDOWS", "_IS_WINDOWS", "MS_WINDOWS", "ON_WINDOWS", "is_windows", "IS_WIN", "PY2", "MACOS", "IS_MACOS", "TYPE_CHECKING"}

# Functions that open libraries by name.
OPENERS = {"find_library", "CDLL", "LoadLibrary", "dlopen", "_dlopen", "PyDLL"}

# Functions that modules of the standard library call only where they are run by themselves.
ONLY_MAIN = {"main", "_main", "test", "_test", "_demo"}
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


def dotted(node):
    """The dotted name of an expression, or None."""
    if isinstance(node, ast.Call) and not node.args:
        return dotted(node.func)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return base and base + "." + node.attr
    return None


def constant(node):
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def answer(test, names):
    """True or False where a condition's value is known on this platform, else None."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        value = answer(test.operand, names)
        return None if value is None else not value
    if isinstance(test, ast.BoolOp):
        values = [answer(v, names) for v in test.values]
        short = isinstance(test.op, ast.Or)
        if short in values:
            return short
        return None if None in values else not short
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, (ast.Name, ast.Attribute)):
        name = dotted(test)
        last = (name or "").split(".")[-1]
        return names.get(name, False if last in NO else None)
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr == "startswith" and len(test.args) == 1:
        fact, prefix = FACTS.get(dotted(test.func.value)), constant(test.args[0])
        return fact.startswith(prefix) if isinstance(fact, str) and isinstance(prefix, (str, tuple)) else None
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        fact, other = FACTS.get(dotted(test.left)), constant(test.comparators[0])
        if isinstance(test.left, ast.Subscript) and dotted(test.left.value) == "sys.version_info":
            fact = None
        if fact is None or other is None:
            return None
        try:
            return bool({ast.Eq: lambda: fact == other, ast.NotEq: lambda: fact != other, ast.In: lambda: fact in other, ast.NotIn: lambda: fact not in other,
                         ast.Lt: lambda: fact < other, ast.LtE: lambda: fact <= other, ast.Gt: lambda: fact > other, ast.GtE: lambda: fact >= other}[type(test.ops[0])]())
        except (TypeError, KeyError):
            return None
    return None


def ends(node, names):
    """Whether a statement leaves its block on this platform: if platform.system() != "Linux": raise ImportError."""
    if isinstance(node, ast.If):
        value = answer(node.test, names)
        body = {True: node.body, False: node.orelse}.get(value, [])
        return any(ends(inner, names) for inner in body)
    return isinstance(node, (ast.Raise, ast.Return))


class File:
    """One file's imports: (level, module, names, line is live, line stands in try, line stands in a function), the libraries
    that it opens, and the names of modules in its texts, as settings name classes. main tells whether it is run by itself,
    whole whether calls and texts are looked at, too, which takes four times as long."""

    def __init__(self, path, main=True, whole=True):
        self.imports, self.opens, self.names, self.finds, self.functions, self.texts = [], [], {}, False, 0, set()
        self.main, self.whole = main, whole
        with open(path, "rb") as f:
            tree = ast.parse(f.read())
        for node in tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                value = answer(node.value, self.names)
                if value is not None:
                    self.names[node.targets[0].id] = value
        self.block(tree.body, True, False)

    def block(self, body, live, tried):
        for node in body:
            if isinstance(node, ast.Assert) and answer(node.test, self.names) is False:
                live = False  # mypy's way to say that a file is another platform's
            self.visit(node, live, tried)
            if isinstance(node, ast.If) and ends(node, self.names):
                live = False

    def visit(self, node, live, tried):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            if not self.main and getattr(node, "name", "") in ONLY_MAIN:
                return
            self.functions += 1
            self.children(node, live, tried)
            self.functions -= 1
            return
        if not self.main and isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and dotted(node.test.left) == "__name__":
            self.block(node.orelse, live, tried)
            return
        if isinstance(node, (ast.If, ast.IfExp)):
            value = answer(node.test, self.names)
            body, orelse = (node.body, node.orelse) if isinstance(node, ast.If) else ([node.body], [node.orelse])
            self.visit(node.test, live, tried)
            self.block(body, live and value is not False, tried)
            self.block(orelse, live and value is not True, tried)
            return
        if isinstance(node, ast.Try):
            self.block(node.body, live, True)
            for part in (node.handlers, node.orelse, node.finalbody):
                self.block(part, live, tried)
            return
        if isinstance(node, ast.Import):
            for a in node.names:
                self.imports.append((0, a.name, (), live, tried, self.functions > 0))
        elif isinstance(node, ast.ImportFrom):
            self.imports.append((node.level, node.module or "", tuple(a.name for a in node.names), live, tried, self.functions > 0))
        elif isinstance(node, ast.Call):
            name = (dotted(node.func) or "").split(".")[-1]
            if live and name in OPENERS:
                names = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                direct = name != "find_library" and bool(node.args) and isinstance(node.args[0], ast.Constant)
                self.opens.append((names, direct))
                self.finds = self.finds or name == "find_library"
            elif name in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str) and not node.args[0].value.startswith("."):
                self.imports.append((0, node.args[0].value, (), live, tried, self.functions > 0))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and live and NAME.fullmatch(node.value):
            self.texts.add(node.value)
        self.children(node, live, tried)

    def children(self, node, live, tried):
        for _, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                self.block(value, live, tried)
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST if self.whole else (ast.stmt, ast.excepthandler, ast.match_case)):
                    self.visit(child, live, tried)
