"""Processes are forked from one that has everything imported, and has made what each of them makes at its start."""

import multiprocessing

servers = multiprocessing.get_context("forkserver")
# One list, as there is one such process in each test process.
servers.set_forkserver_preload(
    ["tests.promises.dying_worker", "tests.promises.simulated_clock", "tests.promises.apart", "tests.warm"]
)
