"""Follows imports through the standard library, and prints as JSON what they reach and what not:

  reached  modules to what imports each: another module, a file of the app or of a package, or a reason
  left     files below the standard library's folder that only modules have that nothing reaches

The argument is a file with JSON: names, modules to the file that names each; run, modules that a command runs by -m; add,
modules that the user names; charsets, whether the codecs of East Asia count; optional, modules that need libraries. What a reached module imports within a function counts
where the app or a package imports the module, or where it imports from its own package: elsewhere it is what few
programs come to, such as the documentation that site offers. An optional module counts where it is not just tried: shutil asks which ones there are.
"""
import _imp
import json
import os
import sys
import sysconfig

top = sysconfig.get_path("stdlib")
dynamic = os.path.join(top, "lib-dynload")
suffix = sysconfig.get_config_var("EXT_SUFFIX")
with open(sys.argv[1], encoding="utf-8") as f:
    asked = json.load(f)

# What the interpreter itself imports: at its start, for -m and archives, to tell of an error, to decode and encode.
ALWAYS = "encodings codecs io abc site os stat posixpath genericpath _collections_abc _sitebuiltins importlib importlib.util importlib.machinery warnings threading runpy zipimport " \
    "traceback linecache tokenize ast contextlib functools collections copyreg types weakref operator keyword reprlib re".split()
# What modules import from C, or by a name that is put together.
HIDDEN = {
    "datetime": ["_strptime"], "time": ["_strptime"], "sysconfig": ["_sysconfigdata_" + (getattr(sys, "abiflags", "") + "_linux_" + sysconfig.get_config_var("MULTIARCH") if sysconfig.get_config_var("MULTIARCH") else "")],
    "pickle": ["_compat_pickle", "copyreg"], "_pickle": ["_compat_pickle", "copyreg"], "_elementtree": ["copy", "xml.etree.ElementPath"], "xml.etree.ElementTree": ["xml.etree.cElementTree"],
    "_zoneinfo": ["zoneinfo._common", "zoneinfo._tzpath"], "_sqlite3": ["sqlite3.dump"], "_asyncio": ["asyncio"], "_ctypes": ["ctypes"], "pdb": ["pdb"], "json": ["json.decoder", "json.encoder"],
    "multiprocessing": ["multiprocessing.spawn", "multiprocessing.resource_tracker", "multiprocessing.forkserver"], "dbm": ["dbm.dumb", "dbm.sqlite3", "dbm.gnu", "dbm.ndbm"],
    "xml.sax": ["xml.sax.expatreader"], "xml.dom": ["xml.dom.minidom"], "tkinter": ["tkinter.constants"], "unittest": ["unittest.__main__"], "uuid": ["_uuid"], "_decimal": ["numbers", "collections"],
    "_socket": ["encodings.idna"],  # every name of a host
    "logging.config": ["logging.handlers"], "email": ["email.parser", "email.generator"], "concurrent.futures": ["concurrent.futures.thread", "concurrent.futures.process"],
}
# Modules that stand in for others where those are missing.
INSTEAD = {
    "_pydecimal": "_decimal", "_pydatetime": "_datetime", "_pyio": "_io", "_py_abc": "_abc",
    "importlib._bootstrap": "_frozen_importlib", "importlib._bootstrap_external": "_frozen_importlib_external",
}

reached, files, queue = {}, set(), []


def find(name):
    """The file of a module of the standard library, or None; builtin modules have none."""
    base = os.path.join(top, *name.split("."))
    for path in (os.path.join(base, "__init__.py"), base + ".py", os.path.join(dynamic, name + suffix)):
        if os.path.isfile(path):
            return path
    return None


def there(module):
    return module in sys.builtin_module_names or module in sys.modules or find(module) is not None


def reach(name, by):
    """Notes a module and the packages that it is in."""
    parts = name.split(".")
    for i in range(1, len(parts) + 1):
        module = ".".join(parts[:i])
        if module in reached or module in INSTEAD and there(INSTEAD[module]):
            continue
        path = find(module)
        if path is None and module not in sys.builtin_module_names:
            return
        reached[module] = by
        queue.append((module, path))
        for hidden in HIDDEN.get(module, ()):
            reach(hidden, module)


def follow(module, path):
    """Notes what a module imports."""
    files.add(path)
    if not path.endswith(".py"):
        return
    main = module in asked["run"] or module.removesuffix(".__main__") in asked["run"]
    whole = module.split(".")[0]
    for level, target, names, live, tried, lazy in File(path, main, whole=False).imports:
        if level:
            package = module.split(".")
            package = package[: len(package) - level + (os.path.basename(path) == "__init__.py")]
            target = ".".join(package + ([target] if target else []))
        own = target.split(".")[0] == whole and whole not in ("importlib", "email")
        if not live or lazy and not (own or main or whole in direct):
            continue
        if tried and not own and target.split(".")[0] in optional:
            continue
        reach(target, module)
        for n in names:
            reach(target + "." + n, module)


optional = set(asked["optional"])
direct = {name.split(".")[0] for name in [*asked["names"], *asked["run"], *asked["add"]]} - {"site"}
for name in ALWAYS:
    reach(name, "the interpreter")
for name, by in sorted(asked["names"].items()):
    reach(name, by)
for name in asked["run"]:
    reach(name, "a command")
    reach(name + ".__main__", "a command")
for name in asked["add"]:
    reach(name, "BP_PYTHON_STRICT_MODULES")
while queue:
    module, path = queue.pop()
    if path is not None:
        follow(module, path)

# The interpreter has these inside; by the file of os it finds its library.
frozen = {path for module, path in ((m, find(m)) for m in reached) if path and _imp.is_frozen(module) and module != "os"}
# Character sets are looked for by names that come from data.
CODECS = ("_codecs_", "_multibytecodec.") if asked["charsets"] else ()
left = []
for folder, inner, names in os.walk(top):
    inner[:] = sorted(d for d in inner if d not in ("__pycache__", "dist-packages", "site-packages"))
    rel = os.path.relpath(folder, top)
    package = "" if rel == "." else rel.replace(os.sep, ".")
    for name in sorted(names):
        path = os.path.join(folder, name)
        if package == "encodings" or path in files - frozen:
            continue
        if folder == dynamic:
            keep = name.startswith(CODECS) or name.startswith("_multibytecodec.") and any(m.startswith("_codecs_") for m in reached)
        elif name.endswith(".py"):
            keep = False
        else:  # data beside modules
            keep = not package or package in reached
        if not keep:
            left.append(os.path.relpath(path, top))
print(json.dumps({"reached": reached, "left": left}))
