"""Tells what to do where a module of Python's standard library is not in this image, which has what imports reach."""
import codecs
import importlib
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
    """Tells of an encoding whose codec needs a missing module: encodings itself takes that for an encoding that nobody knows."""
    module = aliases.aliases.get(name, name)
    if not module.isidentifier() or not os.path.exists(os.path.join(os.path.dirname(aliases.__file__), module + ".py")):
        return None
    try:
        importlib.import_module("encodings." + module)
    except ImportError as e:
        raise LookupError(
            f"unknown encoding: {name}: the image was built with BP_PYTHON_STRICT, and the build saw no import of {e.name}, which that encoding needs."
            f" Add {e.name} to BP_PYTHON_STRICT_MODULES, or build without BP_PYTHON_STRICT."
        ) from None
    return None


codecs.register(charset)
