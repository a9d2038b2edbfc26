"""A server of the sample city on a free port, asked over HTTP as anybody asks it."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from gridmap import handles
from gridmap.server import create_app
from gridmap.server.service import Service


@dataclass
class Served:
    """A running server: its file, its address, a client, and what it is made of."""

    path: Path
    url: str
    http: httpx.Client
    app: Any

    @property
    def service(self) -> Service:
        return self.app.state.service

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(path, **options)

    def json(self, path: str, status: int = 200, **options: Any) -> Any:
        answer = self.http.get(path, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.http.post(path, json={} if body is None else body)
        assert answer.status_code == status, answer.text
        return answer.json()


@contextmanager
def running(path: Path, app: Any = None, *, port: int = 0) -> Iterator[Served]:
    """Serve a workspace for the length of a block, on a port that was served before or on any."""
    app = app or create_app(path)
    # Of its own protocol: else small answers wait for acknowledgements.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        try:
            with httpx.Client(base_url=url, timeout=120) as http:
                yield Served(path, url, http, app)
        finally:
            app.state.service.hub.stop()
            server.should_exit = True
            thread.join(30)


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the sample city's workspace."""
    path = tmp_path_factory.mktemp("server") / "汾阳.gpkg"
    handles.create_sample(path).close()
    return path


@pytest.fixture(scope="session")
def looked(sample_file: Path) -> Iterator[Served]:
    """Serve the sample city to tests that only look."""
    with running(sample_file) as served:
        yield served


@pytest.fixture(scope="module")
def served(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a copy of the sample city, which a module may change."""
    path = tmp_path_factory.mktemp("changed") / "city.gpkg"
    shutil.copy(sample_file, path)
    with running(path) as made:
        yield made


@pytest.fixture
def until() -> Callable[..., Any]:
    """Return a function that asks until the answer is true, for 20 seconds."""

    def wait(ask: Callable[[], Any]) -> Any:
        end = time.monotonic() + 20
        while not (found := ask()):
            assert time.monotonic() < end, "it never came"
            time.sleep(0.02)
        return found

    return wait
