"""Finds what Python files below the given folders import, and prints it as JSON:

  modules  modules of interest (first argument, separated by commas) to the first file that imports each
  app      all top-level modules that files below the first folder import outside of try, to the first such file
  opens    calls that open libraries by name: the names that they try, whether the first is what the loader gets, the file
  finds    the first file that calls ctypes.util.find_library, or null

Imports for other platforms and for type checkers do not count, nor do modules that only such imports lead to.
"""
import ast
import json
import os
import re
import sys

wanted = set(sys.argv[1].split(","))
folders = sys.argv[2:]
word = re.compile(rb"\b(?:%s|find_library|dlopen|CDLL|LoadLibrary)\b" % "|".join(sorted(wanted)).encode())
shared = re.compile(rb"\b(?:Raw)?(?:Value|Array)\b|\bsharedctypes\b")  # what multiprocessing makes by ctypes
skipped = {"__pycache__", "test", "tests", ".git", "node_modules", ".venv", ".tox"}
FACTS = {"sys.platform": "linux", "os.name": "posix", "platform.system": "Linux", "sys.version_info": sys.version_info[:3], "sys.implementation.name": "cpython"}
# Names that packages commonly give to such questions, where the answer stands in another file.
NO = {"WIN", "WIN32", "WINDOWS", "IS_WINDOWS", "_WINDOWS", "_IS_WINDOWS", "MS_WINDOWS", "ON_WINDOWS", "is_windows", "IS_WIN", "PY2", "MACOS", "IS_MACOS", "TYPE_CHECKING"}


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
    """One file's imports: (level, module, names, line is live, line stands in try)."""

    def __init__(self, path):
        self.imports, self.opens, self.names, self.finds = [], [], {}, False
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
                self.imports.append((0, a.name, (), live, tried))
        elif isinstance(node, ast.ImportFrom):
            self.imports.append((node.level, node.module or "", tuple(a.name for a in node.names), live, tried))
        elif isinstance(node, ast.Call):
            name = (dotted(node.func) or "").split(".")[-1]
            if live and name in ("find_library", "CDLL", "LoadLibrary", "dlopen", "_dlopen", "PyDLL"):
                names = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                direct = name != "find_library" and bool(node.args) and isinstance(node.args[0], ast.Constant)
                self.opens.append((names, direct))
                self.finds = self.finds or name == "find_library"
            elif name in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str) and not node.args[0].value.startswith("."):
                self.imports.append((0, node.args[0].value, (), live, tried))
        for _, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                self.block(value, live, tried)
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    self.visit(child, live, tried)


parsed = {}


def parse(path):
    if path not in parsed:
        try:
            parsed[path] = File(path)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            parsed[path] = None  # templates and files for other Pythons: they import nothing here
    return parsed[path]


def paths():
    for top in folders:
        for folder, inner, files in os.walk(top):
            inner[:] = sorted(d for d in inner if d not in skipped and not os.path.exists(os.path.join(folder, d, "pyvenv.cfg")))
            for name in sorted(files):
                path = os.path.join(folder, name)
                if name.endswith(".py") and os.path.isfile(path) and os.path.getsize(path) < 4 << 20:
                    yield top, path


everything = list(paths())
package = {path: top for top, path in everything}


def content(path):
    with open(path, "rb") as f:
        return f.read()


statement = re.compile(rb"^[ \t]*(?:from[ \t]+([\w. ]+?)[ \t]+import[ \t]*(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))", re.M)
name = re.compile(rb"\w+")
mentions = {}


def importers(stem):
    """The files whose import statements have a word."""
    if not mentions:
        for _, path in everything:
            words = set()
            for match in statement.finditer(content(path)):
                for part in match.groups():
                    words.update(name.findall(part or b""))
            for word in words:
                mentions.setdefault(word, []).append(path)
    return mentions.get(stem.encode(), [])


def leads(importer, target):
    """Whether an importer's live imports, and its others, lead to a file."""
    file = parse(importer)
    live = other = False
    if file is None:
        return live, other
    stem = target[: -len(".py")]
    for level, module, names, is_live, _ in file.imports:
        base = os.path.dirname(importer) if level else None
        for _ in range(level - 1):
            base = os.path.dirname(base)
        bases = [base] if level else [package[importer], os.path.join(package[importer], "src")] + [os.path.dirname(stem)] * (module.count(".") == 0 and not names)
        for b in bases:
            path = os.path.join(b, *module.split(".")) if module else b
            if path == stem or any(os.path.join(path, n) == stem for n in names):
                live, other = live or is_live, other or not is_live
    return live, other


dead = {}


def excluded(path, depth=0):
    """Whether only imports of other platforms lead to a file."""
    if path in dead or depth > 3 or os.path.basename(path) == "__init__.py":
        return dead.get(path, False)
    dead[path] = False
    others = False
    for importer in importers(os.path.basename(path)[: -len(".py")]):
        if importer == path or package[importer] != package[path]:
            continue
        live, other = leads(importer, path)
        if live and not excluded(importer, depth + 1):
            return False
        others = others or other or live
    dead[path] = others
    return others


modules, app, opens, finds = {}, {}, [], None
for top, path in everything:
    own = top == folders[0]
    if not own and not word.search(content(path)):
        continue
    file = parse(path)
    if file is None:
        continue
    live = [(i, m.split(".")[0]) for i in file.imports for m in [i[1]] if i[3] and i[0] == 0 and m]
    full = {i[1] for i in file.imports if i[3] and i[0] == 0} | {i[1] + "." + n for i in file.imports if i[3] and i[0] == 0 for n in i[2]}
    found = ({m for _, m in live} | full) & wanted
    if found - modules.keys() and not excluded(path):
        for m in found:
            modules.setdefault(m, path)
        if "multiprocessing" in found and shared.search(content(path)):
            modules.setdefault("multiprocessing.sharedctypes", path)
    if own:
        for i, m in live:
            if not i[4]:
                app.setdefault(m, path)
    # Without an import of ctypes.util it is another function of this name.
    if finds is None and file.finds and full & {"ctypes.util", "ctypes.util.find_library"} and not excluded(path):
        finds = path
    opens.extend({"names": names, "direct": direct, "file": path} for names, direct in file.opens if names)
print(json.dumps({"modules": modules, "app": app, "opens": opens, "finds": finds}))
