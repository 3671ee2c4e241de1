"""`python localstripe_app.py PORT`: localstripe, on 127.0.0.1 alone and with nothing kept on disk.

By itself it listens on all addresses; nothing else differs from how it comes.
"""

import sys

from aiohttp import web
from localstripe import resources, server

resources.store.dump_to_disk = lambda: None

if __name__ == "__main__":
    web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
