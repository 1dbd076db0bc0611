"""Imports what the app's start files import first of all, and prints as JSON the first import that fails, or null.

The arguments are the folder of the packages, the app's folder, then the start files. Statements run in their order, up to the first of a file that is no
import: what comes then may change what can be imported. Files of the app are read, and not run: only packages are. A failure
counts where it would be the same in the image: a module that is not there, a name that a module does not have, or an attribute that the
standard library had in another version of Python. It ends where a file of the app gives modules what they lack. What lacks
is told apart from what is hidden: a library that the image has and the build has not, a module of the standard library that
is in a package of its own.

  file, line, statement   of the app
  in                      the file that the failing import stands in; empty where it is the app's own
  says                    Python's message
  lacks                   the module that is not there, or empty
"""
import ast
import importlib.util
import json
import os
import sys
import traceback

packages, folder, files = sys.argv[1], sys.argv[2], sys.argv[3:]
# Debian's own packages of Python are in the build image, where pip needs setuptools, and not in the image.
sys.path = [p for p in sys.path if os.path.basename(p) != "dist-packages"]
if packages not in sys.path:
    sys.path.append(packages)
tops = [folder, os.path.join(folder, "src")]
seen = set()
given = False  # a file of the app gave modules what they lack


def local(name, beside):
    """The app's own file of a module, or None; False where the app has the name in another form."""
    for top in [beside, *tops]:
        base = os.path.join(top, *name.split("."))
        for path in (base + ".py", os.path.join(base, "__init__.py")):
            if os.path.isfile(path):
                return path
        if os.path.isdir(base) or os.path.isdir(os.path.join(top, name.split(".")[0])):
            return False
    return None


def gives(tree):
    """Whether a file gives a module what it lacks (collections.Mapping = …), or puts one in the place of another."""
    imported = {(a.asname or a.name).split(".")[0] for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names}
    for node in ast.walk(tree):
        targets = []
        if isinstance(node, ast.Assign):
            targets = [t.value for t in node.targets if isinstance(t, ast.Attribute)]
            if any(isinstance(t, ast.Subscript) and isinstance(t.value, ast.Attribute) and t.value.attr == "modules" for t in node.targets):
                return True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
            targets = node.args[:1]
        if any(isinstance(t, ast.Name) and t.id in imported for t in targets):
            return True
    return False


def is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def statements(path):
    """The imports that begin a file and what the app's own of them begin with, in the order in which they run."""
    global given
    path = os.path.realpath(path)
    if given or path in seen or len(seen) > 200:
        return
    seen.add(path)
    try:
        with open(path, "rb") as f:
            tree = ast.parse(f.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        if given:
            return
        if is_text(node):
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        if isinstance(node, ast.ImportFrom):
            base = os.path.dirname(path)
            for _ in range(max(0, node.level - 1)):
                base = os.path.dirname(base)
            if node.level:
                names = [a.name for a in node.names]
                names = [node.module, *(f"{node.module}.{n}" for n in names)] if node.module else names
                for name in names:
                    if own := local(name, base):
                        yield from statements(own)
                continue
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        else:
            given = gives(tree)
            return
        own = [local(name, os.path.dirname(path)) for name in names]
        if any(o is not None for o in own):
            if isinstance(node, ast.ImportFrom):
                own += [local(f"{node.module}.{a.name}", os.path.dirname(path)) for a in node.names]
            for o in own:
                if o:
                    yield from statements(o)
            continue
        if any(a.name == "*" for a in node.names) or any(n.split(".")[0] in sys.stdlib_module_names for n in names):
            continue
        yield path, node


def makes_names(module):
    """Whether a module makes its names when they are asked for, as Celery's does: what it lacks nobody can tell."""
    return type(module) is not type(os) or "__getattr__" in vars(module)


def made(module, names):
    """The error by which a module that makes its names fails to make one of those, which the import statement hides, or None."""
    for name in names:
        try:
            getattr(module, name)
        except AttributeError as e:
            return e
        except BaseException:
            return None
    return None


def removed(error):
    """Whether an error is that of an attribute that this Python's standard library does not have. Objects that are there to be given attributes
    tell nothing of it."""
    obj = getattr(error, "obj", None)
    if not isinstance(error, AttributeError) or obj is None:
        return False
    home = obj.__name__ if isinstance(obj, type(os)) else (obj if isinstance(obj, type) else type(obj)).__module__
    return home not in ("builtins", "types", "argparse", "threading", "_thread") and home.split(".")[0] in sys.stdlib_module_names


def failure(path, node):
    try:
        if any(importlib.util.find_spec(n.split(".")[0]) is None for n in ([node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])):
            return None  # it is told elsewhere
        exec(compile(ast.Module([node], []), "<app>", "exec"), {"__name__": "app"})
    except ImportError as e:
        says = str(e)
        lacks = e.name or "" if isinstance(e, ModuleNotFoundError) else ""
        if isinstance(e, ModuleNotFoundError):
            if not lacks or lacks.split(".")[0] in sys.stdlib_module_names or local(lacks, folder) is not None:
                return None
        elif not says.startswith("cannot import name") or "partially initialized" in says:
            return None
        elif makes_names(sys.modules.get(e.name)):
            cause = made(sys.modules.get(e.name), [a.name for a in node.names])
            return told(path, node, cause, "") if removed(cause) else None
        return told(path, node, e, lacks)
    except AttributeError as e:
        return told(path, node, e, "") if removed(e) else None
    except BaseException:  # what it needs to run, such as a variable or a server, it has in the image
        return None
    return None


def told(path, node, error, lacks):
    """What the build tells of a failure."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "importlib" not in f.filename and f.filename != __file__]
    last = frames[-1]
    inside = "" if last.filename == "<app>" else f"{last.filename}:{last.lineno}"
    return {"file": path, "line": node.lineno, "statement": ast.unparse(node), "in": inside, "says": str(error), "lacks": lacks}


def first():
    for file in files:
        for path, node in statements(file):
            if found := failure(path, node):
                return found
    return None


out, sys.stdout = sys.stdout, sys.stderr
found = first()
print(json.dumps(found), file=out, flush=True)
os._exit(0)  # threads that packages started end with it
