"""A cluster of three processes, which the tests share, and what they do to it."""
import os
import signal

import pytest


@pytest.fixture(scope="session")
def client():
    """A client of three worker processes of one thread each."""
    from distributed import Client, LocalCluster
    with LocalCluster(n_workers=3, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        with Client(cluster) as client:
            yield client


def kill_worker(client):
    """End one of the worker processes at once; its nanny will start another. How many there then are."""
    pids = client.run(os.getpid).values()
    os.kill([*pids][0], signal.SIGKILL)
    return len(pids)
