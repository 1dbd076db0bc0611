"""Finds what Python files below the given folders import, and prints it as JSON:

Whose the first folder is says the third argument: "app", or "packages".

  modules  modules of interest (first argument, separated by commas) to the first file that imports each
  app      all top-level modules that files of the app import outside of try, to the first such file; none of packages
  first    of each file of the app, the top-level modules that it imports before anything is called, outside of try, and
           that neither the standard library nor the app has
  opens    calls that open libraries by name: the names that they try, whether the first is what the loader gets, the file
  finds    the first file that calls ctypes.util.find_library, or null
  speaks   of the parts of packages that only a name in a text loads, those that the files name: of packages, those of the
           fourth argument, separated by commas, are named already, and what nobody names does not count
  standard where the second argument is "strict": all modules of the standard library that the files name, to the first such
           file, also in texts that look like a class's path and in extension modules
  charsets there, too: the first file that names a character set of East Asia, or decodes what the data says, or null
  tests    there, too: folders of tests that nothing outside of them imports; what is in them does not count
  wants    there, too: modules below a folder of tests that files of the first folder import, to the first such file

Imports for other platforms and for type checkers do not count, nor do modules that only such imports lead to.
"""
import json
import os
import re
import sys

wanted = set(sys.argv[1].split(","))
strict = sys.argv[2] == "strict"
of_app = sys.argv[3] == "app"
folders = sys.argv[5:]
# What has none of these words imports and opens nothing of interest. Of a.b the words stand apart in "from a import b".
words = {part for module in wanted for part in module.split(".")} | OPENERS
word = re.compile(rb"\b(?:%s)\b" % "|".join(sorted(words)).encode())
shared = re.compile(rb"\b(?:Raw)?(?:Value|Array)\b|\bsharedctypes\b")  # what multiprocessing makes by ctypes
# Parts of packages that are loaded by a name in a text alone, as Django's apps are by INSTALLED_APPS: how the app speaks of
# each, and how other packages do.
PARTS = {"django/contrib/gis": (rb"\bcontrib(?:\.|[ \t]+import[ \t]+)gis\b", rb"[\"']django\.contrib\.gis[\"']")}
skipped = {"__pycache__", ".git", "node_modules", ".venv", ".tox"} | (set() if strict else {"test", "tests"})

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


def testing(path):
    """The folder of tests that a file is in, the outermost, or None."""
    parts = os.path.relpath(path, package[path]).split(os.sep)[:-1]
    for i, part in enumerate(parts):
        if part in ("test", "tests"):
            return os.path.join(package[path], *parts[: i + 1])
    return None


def reaches(path):
    """The paths below folders of tests, without .py, that a file's imports and texts may mean."""
    file = parse(path)
    if file is None:
        return
    for level, module, names, *_ in file.imports:
        base = path
        for _ in range(level):
            base = os.path.dirname(base)
        if not level:
            base = package[path]
        base = os.path.join(base, *module.split(".")) if module else base
        yield base
        yield from (os.path.join(base, n) for n in names)
    yield from (os.path.join(package[path], *t.split(".")) for t in file.texts)


def unreached():
    """The folders of tests that nothing outside of them imports."""
    inside = {}
    for _, path in everything:
        inside.setdefault(testing(path), []).append(path)
    work = inside.pop(None, [])
    while work and inside:
        for stem in reaches(work.pop()):
            for folder in [d for d in inside if stem == d or stem.startswith(d + os.sep)]:
                work.extend(inside.pop(folder))
    return set(inside)


untold = unreached() if strict else set()
everything = [(top, path) for top, path in everything if not untold or testing(path) not in untold]


def part(top, path):
    """The part that a file of the packages is in, or None."""
    return next((p for p in PARTS if not of_app and path.startswith(os.path.join(top, p, ""))), None)


def names_part(top, path, name):
    """Whether a file of the app, or of another package, speaks of a part."""
    if not of_app and path.startswith(os.path.join(top, name.split("/")[0], "")):
        return False
    return re.search(PARTS[name][0 if of_app else 1], content(path)) is not None


speaks = set(filter(None, sys.argv[4].split(",")))
speaks |= {p for p in PARTS if p not in speaks and any(names_part(top, path, p) for top, path in everything)}
everything = [(top, path) for top, path in everything if part(top, path) in speaks | {None}]

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
    for level, module, names, is_live, *_ in file.imports:
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


# The names by which files of the app may be imported, wherever they are: a program may add folders to its path.
here = {os.path.basename(folders[0])}
if of_app:
    for _, inner, files in os.walk(folders[0]):
        here.update(inner, (f.split(".")[0] for f in files if f.endswith((".py", ".so"))))

modules, app, first, opens, finds = {}, {}, {}, [], None
for top, path in everything:
    own = of_app and top == folders[0]
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
            if not i[4] and not i[5] and m not in sys.stdlib_module_names and m not in here and m not in first.get(path, ()):
                first.setdefault(path, []).append(m)
    # Without an import of ctypes.util it is another function of this name.
    if finds is None and file.finds and full & {"ctypes.util", "ctypes.util.find_library"} and not excluded(path):
        finds = path
    opens.extend({"names": names, "direct": direct, "file": path} for names, direct in file.opens if names)


# What six.moves calls otherwise than Python 3.
MOVES = {
    "http_client": "http.client", "http_cookiejar": "http.cookiejar", "http_cookies": "http.cookies", "html_parser": "html.parser", "html_entities": "html.entities",
    "BaseHTTPServer": "http.server", "CGIHTTPServer": "http.server", "SimpleHTTPServer": "http.server", "xmlrpc_client": "xmlrpc.client", "xmlrpc_server": "xmlrpc.server",
    "email_mime_base": "email.mime.base", "email_mime_text": "email.mime.text", "email_mime_multipart": "email.mime.multipart", "email_mime_nonmultipart": "email.mime.nonmultipart",
    "urllib_parse": "urllib.parse", "urllib_error": "urllib.error", "urllib_robotparser": "urllib.robotparser", "cPickle": "pickle", "cStringIO": "io", "StringIO": "io",
    "shlex_quote": "shlex", "_thread": "_thread", "urllib": "urllib.request",
}
moved = re.compile(rb"six\.moves(?:\.(\w+)|[ \t]+import[ \t]*(\([^)]*\)|[^\n]*))")
code = re.compile(rb"\b(?:from|import)[ \t]+([A-Za-z_][\w.]*(?:[ \t]*,[ \t]*[A-Za-z_][\w.]*)*)")
identifier = re.compile(rb"(?<![A-Za-z0-9.])([A-Za-z_]\w*(?:\.\w+)*)\0")


def of_six(text):
    for match in moved.finditer(text):
        for word in re.findall(rb"\w+", match[1] or match[2] or b""):
            word = word.decode()
            yield MOVES.get(word, word)


def named(path, file):
    """The modules of the standard library that a Python file names."""
    text = content(path)
    for level, module, names, live, *_ in file.imports:
        if live and level == 0:
            yield module
            yield from (module + "." + n for n in names)
    yield from file.texts
    yield from of_six(text) if b"six.moves" in text else ()
    if b"set_int_max_str_digits" in text:
        yield "_pylong"  # what turns long numbers into text


def is_module(name):
    """Whether the standard library has a module; decimal.Decimal is none."""
    base = os.path.join(os.path.dirname(os.__file__), *name.split("."))
    return "." not in name or os.path.exists(base) or os.path.exists(base + ".py")


def of_binary(path):
    """The modules that an extension module names: it imports them from C, which ends a name by a zero byte, by Python code
    in a text, or from Rust, which ends no name."""
    text = content(path)
    yield from filter(is_module, (match[1].decode(errors="replace") for match in identifier.finditer(text)))
    for match in code.finditer(text):
        for word in re.split(rb"[\s,]+", match[1]):
            yield word.decode(errors="replace")
    if b"pyo3" in text:
        for name in sys.stdlib_module_names:
            if (len(name) > 5 or name in ("uuid", "json", "enum", "copy", "math")) and name.encode() in text:
                yield name


def binaries():
    for top in folders:
        for folder, inner, files in os.walk(top):
            inner.sort()
            for name in sorted(files):
                if name.endswith(".so") or ".so." in name:
                    path = os.path.join(folder, name)
                    if os.path.isfile(path) and os.path.getsize(path) < 256 << 20:
                        yield path


# What needs the codecs in C of East Asia: their names, and where a message or a server says how its text is encoded.
eastern = re.compile(
    rb"(?i)gb_?2312|gb_?18030|\bgbk\b|big5|euc[_-]?(?:jp|kr|jis)|shift[_-]?jis|\bs_?jis\b|iso[_-]?2022|cp93[26]|cp949|cp950|johab|get_content_charset"
    rb"|^[ \t]*(?:import|from)[ \t]+(?:email|mailbox|imaplib|poplib)\b", re.M
)
standard, wants, charsets = {}, {}, None


def note(path, names):
    for name in sorted(n for n in names if n.split(".")[0] in sys.stdlib_module_names):
        standard.setdefault(name, path)


if strict:
    for top, path in everything:
        file = parse(path)
        if file and not excluded(path):
            note(path, set(named(path, file)))
            if charsets is None and eastern.search(content(path)):
                charsets = path
        if file and top == folders[0]:
            for level, module, names, live, *_ in file.imports:
                if live and not level and {"test", "tests"} & {*module.split("."), *names} and "." in module + "." * len(names):
                    wants.setdefault(module, path)
    for path in binaries():
        note(path, set(of_binary(path)))
print(json.dumps({"modules": modules, "app": app, "first": first, "opens": opens, "finds": finds, "standard": standard, "charsets": charsets, "tests": sorted(untold), "wants": wants, "speaks": sorted(speaks)}))
