"""Evaluates environment markers: reads a JSON list of {"marker", "extra"} from a file, prints a JSON list of answers."""
import json
import sys

try:
    from pip._vendor.packaging.markers import Marker
except ImportError:  # an interpreter without pip: Debian's serves any
    sys.path.append("/usr/lib/python3/dist-packages")
    from pip._vendor.packaging.markers import Marker

with open(sys.argv[1], encoding="utf-8") as f:
    questions = json.load(f)
answers = []
for q in questions:
    # A lock file's own markers may ask for its extras and groups (PEP 751); whittle takes none of them.
    environment = {"extra": q["extra"]}
    if "extras" in q["marker"] or "dependency_groups" in q["marker"]:
        environment.update(extras=set(), dependency_groups=set())
    answers.append(bool(Marker(q["marker"]).evaluate(environment)))
print(json.dumps(answers))
