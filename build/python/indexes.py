"""Prints as JSON which index pip asks where nothing names another: what it was made with, and what settings put in its place."""
import json

from pip._internal.commands import create_command
from pip._internal.models.index import PyPI

asked = create_command("install").parser.get_default_values().index_url  # after pip.conf and PIP_INDEX_URL
print(json.dumps({"made": [PyPI.simple_url, "https://" + PyPI.file_storage_domain], "asked": asked}))
