"""Prints the top-level modules that Python files below the given directories import: "module file", each once."""
import ast
import os
import sys

seen = {}
for top in sys.argv[1:]:
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(d for d in folders if d not in ("__pycache__", "test", "tests", ".git", "node_modules"))
        for name in sorted(files):
            if not name.endswith(".py"):
                continue
            path = os.path.join(folder, name)
            try:
                with open(path, "rb") as f:
                    tree = ast.parse(f.read())
            except (SyntaxError, ValueError, RecursionError):
                continue  # templates and files for other Pythons: they import nothing here
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    modules = [a.name for a in node.names]
                elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    modules = [node.module]
                else:
                    continue
                for module in modules:
                    seen.setdefault(module.split(".")[0], path)
for module, path in sorted(seen.items()):
    print(module, path)
