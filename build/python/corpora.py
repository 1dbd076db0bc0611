"""Downloads data of NLTK into a folder (the first argument), each that is named (the others), and ends with an error where one fails.

NLTK's own command tells of a failure and ends as if there were none.
"""
import inspect
import os
import sys

from nltk.downloader import Downloader

folder, names = sys.argv[1], sys.argv[2:]
downloader = Downloader(server_index_url=os.environ.get("NLTK_DOWNLOAD_URL"))
# Newer releases leave some data in archives that only the account reads which got them.
more = {"extract": True} if "extract" in inspect.signature(downloader.download).parameters else {}
for name in names:
    if not downloader.download(name, download_dir=folder, halt_on_error=True, **more):
        sys.exit(f"NLTK got no {name}")
