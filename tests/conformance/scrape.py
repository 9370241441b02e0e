"""Prometheus itself, with the scrape configuration of a host and the rules: that it reads what the service shows."""

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

ROOT, METRICS = Path(sys.argv[1]), sys.argv[2]


def main():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as folder:
        config = yaml.safe_load((ROOT / "deploy/monitoring/scrape-host.yml").read_text())
        [target] = config["scrape_configs"][0]["static_configs"]
        assert target["targets"] == ["127.0.0.1:9464"], target
        target["targets"] = [urllib.parse.urlsplit(METRICS).netloc]
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(ROOT / "deploy/monitoring/alerts.yml")]
        (Path(folder) / "prometheus.yml").write_text(yaml.safe_dump(config))
        options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address={base[7:]}"]
        with open(f"{folder}/log", "wb") as log:
            server = subprocess.Popen(["prometheus", *options], stderr=log)
        try:
            asked(base, server, f"{folder}/log")
        finally:
            server.terminate()
            server.wait()


def query(base, expression):
    asked = urllib.parse.urlencode({"query": expression})
    answer = json.load(urllib.request.urlopen(f"{base}/api/v1/query?{asked}", timeout=10))
    return answer["data"]["result"]


def asked(base, server, log):
    for _ in range(120):
        assert server.poll() is None, Path(log).read_text()
        try:
            if [sample["value"][1] for sample in query(base, 'danbiet_following{job="danbiet"}')] == ["1"]:
                break
        except OSError:
            pass
        time.sleep(0.25)
    else:
        sys.exit(json.dumps(json.load(urllib.request.urlopen(f"{base}/api/v1/targets"))) + Path(log).read_text())
    [up] = query(base, 'up{job="danbiet"}')
    assert up["value"][1] == "1", up
    [count] = query(base, 'count(http_server_request_duration_seconds_bucket{job="danbiet",http_route="/version",le="0.25"})')
    assert count["value"][1] == "1", count
    dashboard = json.loads((ROOT / "deploy/monitoring/dashboard.json").read_text())
    targets = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    targets = [expression.replace("$__rate_interval", "1m").replace("$instance", ".*") for expression in targets]
    # A rate takes two samples, so the first looks are too early for most.
    for _ in range(40):
        shown = sum(bool(query(base, expression)) for expression in targets)
        if shown >= 20:
            break
        time.sleep(0.5)
    assert shown >= 20, f"only {shown} of {len(targets)} queries of the dashboard have anything to show"
    print(f"Prometheus reads the page; {shown} queries of the dashboard have something to show already")


main()
