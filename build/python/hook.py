"""Tells what to do where a module of Python's standard library is not in this image, which has what imports reach."""
import codecs
import os
import sys
from encodings import aliases

OTHERS = {"_overlapped", "_scproxy", "_winapi", "_wmi", "msvcrt", "nt", "winreg", "winsound", "org", "java"}


class Missing:
    @staticmethod
    def find_spec(name, path=None, target=None):
        top = name.split(".")[0]
        if top not in sys.stdlib_module_names or top in OTHERS:
            return None
        # importlib.util.find_spec asks whether there is such a module: the answer is no.
        if sys._getframe(2).f_code.co_name != "_find_and_load_unlocked":
            return None
        raise ModuleNotFoundError(
            f"No module named {name!r}: the image was built with BP_PYTHON_STRICT, and the build saw no import of it."
            f" Add {name} to BP_PYTHON_STRICT_MODULES, or build without BP_PYTHON_STRICT.",
            name=name,
        )


sys.meta_path.append(Missing)


def charset(name):
    """Tells of an encoding whose codec in C is missing: encodings itself takes that for an encoding that nobody knows."""
    module = aliases.aliases.get(name, name)
    if module.isidentifier() and os.path.exists(os.path.join(os.path.dirname(aliases.__file__), module + ".py")):
        raise LookupError(
            f"unknown encoding: {name}: the image was built with BP_PYTHON_STRICT, and the build saw no name of such an encoding."
            " Add _codecs_cn, _codecs_hk, _codecs_iso2022, _codecs_jp, _codecs_kr or _codecs_tw to BP_PYTHON_STRICT_MODULES, or build without BP_PYTHON_STRICT."
        )
    return None


codecs.register(charset)
