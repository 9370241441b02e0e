"""Figures of an agency while the service is killed (SIGKILL) at moments of chance: whole or not at all, and once for every key.

Usage: killed.py BINARY FOLDER. DANBIET_ROUNDS says how often it is killed, 12 times where nothing is said.
"""

import base64
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

BINARY, FOLDER = sys.argv[1], sys.argv[2]
ROUNDS = int(os.environ.get("DANBIET_ROUNDS", "12"))
QUARTERS = [f"{year}-Q{index}" for year in (2023, 2024) for index in (1, 2, 3, 4)]
INDICATORS = ["dossiers_received_total", "dossiers_received_online", "dossiers_resolved_total"]


def ask(url, token=None, body=None, key=None, kind="application/json"):
    """Answers status, body and whether an earlier request did the work."""
    headers = {"Content-Type": kind}
    if token:
        headers["Authorization"] = token
    if key:
        headers["Idempotency-Key"] = key
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read(), answer.headers.get("Idempotent-Replayed") == "true"
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read(), False


class Service:
    """The demonstration on one folder, started again as often as it is killed."""

    def __init__(self):
        self.out = os.path.join(FOLDER, "killed.out")
        with open(self.out, "w", encoding="utf-8") as out, open(os.path.join(FOLDER, "killed.log"), "a", encoding="utf-8") as log:
            arguments = [BINARY, "demo", "--real-only", "--data", os.path.join(FOLDER, "killed"), "--listen", "127.0.0.1:0"]
            self.process = subprocess.Popen(arguments, stdout=out, stderr=log)
        self.url = None
        for _ in range(1200):
            assert self.process.poll() is None, "the service stopped: see killed.log"
            with open(self.out, encoding="utf-8") as out:
                told = re.search(r"http://[0-9.:]+", out.read())
            try:
                if told and urllib.request.urlopen(told[0] + "/health/ready", timeout=5).status == 200:
                    self.url = told[0]
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise SystemExit("the service was not ready within a minute")

    def told(self):
        with open(self.out, encoding="utf-8") as out:
            return out.read()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def token(self, client, secret):
        pair = base64.b64encode(f"{client}:{secret}".encode()).decode()
        form = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
        status, body, _ = ask(f"{self.url}/oauth/token", f"Basic {pair}", form, kind="application/x-www-form-urlencoded")
        assert status == 200, body
        return "Bearer " + json.loads(body)["access_token"]

    def kept(self, token):
        """The values that hold, each with how many figures have it."""
        found, cursor = {}, ""
        while True:
            status, body, _ = ask(f"{self.url}/api/v1/observations/pushed?limit=200{cursor}", token)
            assert status == 200, body
            page = json.loads(body)
            for item in page["items"]:
                found[item["value"]] = found.get(item["value"], 0) + 1
            if page["nextCursor"] is None:
                return found
            cursor = "&cursor=" + page["nextCursor"]


service = Service()
client, secret = re.search(r"client_id (\S+) client_secret (\S+)", service.told()).groups()
token = service.token(client, secret)
wards = [ward["code"] for ward in json.loads(ask(f"{service.url}/api/v1/wards?at=2024-Q1&parent=222&limit=200", token)[1])["items"]]
count = len(wards) * len(QUARTERS) * len(INDICATORS)


def body_of(number):
    rows = [
        {"ward": f"{ward}@2024-02-02", "quarter": quarter, "indicator": indicator, "value": number}
        for ward in wards for quarter in QUARTERS for indicator in INDICATORS
    ]
    return json.dumps({"observations": rows}).encode()


chance = random.Random(20_240_314)
before, longest, outcomes = {}, 0.0, {"nothing": 0, "whole": 0}
for number in range(1, ROUNDS + 1):
    body, key = body_of(number), f"round-{number}"
    url = f"{service.url}/api/v1/observations"
    if number == 1:
        began = time.monotonic()
        status, first, _ = ask(url, token, body, key)
        longest = time.monotonic() - began
        assert status == 200, first
    else:
        def send(url=url, body=body, key=key, token=token):
            try:
                ask(url, token, body, key)
            except OSError:
                pass  # The connection went with the service.

        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(chance.uniform(0, 3 * longest))
        service.kill()
        sender.join()
        service = Service()
        token = service.token(client, secret)
        held = service.kept(token)
        assert held in (before, {str(number): count}), f"half done: {held}"
        was_done = held != before
        outcomes["whole" if was_done else "nothing"] += 1
        status, answer, replayed = ask(f"{service.url}/api/v1/observations", token, body, key)
        assert status == 200, answer
        assert replayed == was_done, (replayed, was_done)
        assert json.loads(answer) == {"rows": count, "created": 0, "updated": count, "unchanged": 0}, answer
    before = {str(number): count}
    assert service.kept(token) == before
service.kill()
database = "sqlite:" + os.path.join(FOLDER, "killed", "danbiet.db")
checked = subprocess.run([BINARY, "check", "--database-url", database], capture_output=True, text=True, check=False)
assert checked.returncode == 0 and "0 breaks" in checked.stdout, checked.stdout + checked.stderr
print(f"{ROUNDS} passed, of {count} figures each; killed before it was done {outcomes['nothing']} times, after {outcomes['whole']} times")
