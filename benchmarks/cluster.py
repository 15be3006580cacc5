"""A simulated cluster: the real Dask scheduler, workers that sleep as long as grading takes.

    .venv/bin/python benchmarks/cluster.py --tasks 100000 --slots 1000 --seconds 0.6

What it shows is whether one scheduler keeps so many workers busy: the tasks take the time and
send back as many bytes as measured ones, and a window of them is in flight, as in the engine.
"""

import argparse
import logging
import os
import resource
import time
from collections import deque

from dask.distributed import Client, LocalCluster
from rich.console import Console
from rich.progress import Progress

from convwork.grading.engine import WINDOW

console = Console(width=100)


def grade(seconds: float, size: int) -> bytes:
    time.sleep(seconds)
    return os.urandom(size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--slots", type=int, default=1000, help="kernels at once")
    parser.add_argument("--seconds", type=float, default=5.0, help="that one task takes")
    parser.add_argument("--bytes", type=int, default=20_000, help="that one task sends back")
    parser.add_argument("--processes", type=int, default=4)
    options = parser.parse_args()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    cluster = LocalCluster(
        n_workers=options.processes,
        threads_per_worker=options.slots // options.processes,
        memory_limit=0,
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )
    with cluster, Client(cluster) as client, Progress(console=console) as progress:
        began = time.perf_counter()
        bar = progress.add_task("simulating", total=options.tasks)
        waiting: deque = deque()
        for _ in range(options.tasks):
            waiting.append(client.submit(grade, options.seconds, options.bytes, pure=False))
            if len(waiting) >= WINDOW * options.slots:
                waiting.popleft().result()
                progress.advance(bar)
        while waiting:
            waiting.popleft().result()
            progress.advance(bar)
        seconds = time.perf_counter() - began
    busy = options.tasks * options.seconds / options.slots / seconds
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(
        f"{options.tasks} tasks of {options.seconds} s on {options.slots} slots: {seconds:.0f} s, "
        f"{options.tasks / seconds:.0f} tasks a second, the slots busy {100 * busy:.0f} % of the "
        f"time; scheduler and grader together held {memory:.0f} MB",
        highlight=False,
    )


if __name__ == "__main__":
    main()
