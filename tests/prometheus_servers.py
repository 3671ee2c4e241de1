"""Prometheus and Alertmanager of the test's own on 127.0.0.1: Debian's, killed and started as the test likes."""

import json
import shutil
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.conftest import PATIENCE, free_port

PROMETHEUS, ALERTMANAGER = "prometheus", "prometheus-alertmanager"
LACKING = "Prometheus and Alertmanager: install prometheus and prometheus-alertmanager of Debian"

SCRAPES = """
global: {{scrape_interval: 250ms, scrape_timeout: 200ms, evaluation_interval: 250ms}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: api, static_configs: [{{targets: ["{exporter}"]}}]}}]
"""
RULES = """
groups:
  - name: api
    rules:
      - alert: HighErrorRate
        expr: api_errors > 0.05
        labels: {severity: page, team: platform}
        annotations: {summary: "{{ $labels.server }} fails {{ $value | humanizePercentage }} of its requests"}
"""
ROUTES = """
route: {{receiver: bot, group_by: [alertname], group_wait: 500ms, group_interval: 1s, repeat_interval: {repeat}}}
receivers:
  - name: bot
    webhook_configs:
      - url: {webhook}
        http_config: {{authorization: {{credentials: {secret}}}}}
"""


def found(program: str) -> str | None:
    return shutil.which(program)


class Exporter:
    """What is scraped: the share of errors of each server."""

    def __init__(self) -> None:
        self.errors: dict[str, float] = {}

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/metrics", self._metrics)])

    async def _metrics(self, request: Request) -> PlainTextResponse:
        lines = (f'api_errors{{server="{one}"}} {share}\n' for one, share in self.errors.items())
        return PlainTextResponse("".join(lines))


@dataclass
class Servers:
    """Both, started, killed and started again as the test likes; what they knew is in the folder."""

    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    alertmanager: str = field(default_factory=free_port)
    prometheus: str = field(default_factory=free_port)

    def configure(self, webhook: str, secret: str, exporter: str, repeat: str) -> None:
        (self.folder / "alertmanager.yml").write_text(ROUTES.format(webhook=webhook, secret=secret, repeat=repeat))
        (self.folder / "prometheus.yml").write_text(
            SCRAPES.format(alertmanager=self.alertmanager, exporter=exporter.removeprefix("http://"))
        )
        (self.folder / "rules.yml").write_text(RULES)

    def start_alertmanager(self) -> None:
        options = ["--config.file=alertmanager.yml", "--storage.path=told", "--cluster.listen-address="]
        self._start(ALERTMANAGER, [*options, f"--web.listen-address=127.0.0.1:{self.alertmanager}"], self.alertmanager)

    def start_prometheus(self) -> None:
        options = ["--config.file=prometheus.yml", "--storage.tsdb.path=series", "--rules.alert.resend-delay=1s"]
        self._start(PROMETHEUS, [*options, f"--web.listen-address=127.0.0.1:{self.prometheus}"], self.prometheus)

    def _start(self, name: str, options: list[str], port: str) -> None:
        program = found(name)
        assert program is not None
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen([program, *options], cwd=self.folder, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not self._ready(port):
            assert time.monotonic() < deadline, (self.folder / f"{name}.log").read_text()
            time.sleep(0.05)

    def _ready(self, port: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def alerts(self) -> list[dict[str, Any]]:
        """Those that Alertmanager knows of."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.alertmanager}/api/v2/alerts", timeout=5) as answer:
            known: list[dict[str, Any]] = json.load(answer)
        return known

    def kill(self, name: str) -> None:
        process = self.processes.pop(name, None)
        if process is not None:
            process.kill()
            process.wait()

    def end(self) -> None:
        for name in list(self.processes):
            self.kill(name)
