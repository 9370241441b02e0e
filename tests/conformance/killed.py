"""Figures of an agency, and files that are published, while the service is killed (SIGKILL) at moments of chance: whole or not
at all, and once for every key.

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
from functools import cache

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
            # One issuer, whatever the port: a session outlives the process that opened it.
            arguments = [BINARY, "demo", "--real-only", "--issuer", "http://danbiet.example"]
            arguments += ["--data", os.path.join(FOLDER, "killed"), "--listen", "127.0.0.1:0"]
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


def file_of(number):
    rows = [
        f"{ward}@2024-02-02,{quarter},{indicator},actual,,,{number}"
        for ward in wards for quarter in QUARTERS[:4] for indicator in INDICATORS
    ]
    return "\n".join(["ward,quarter,indicator,nature,numerator,denominator,value", *rows]).encode()


class Pushing:
    """An agency sends figures."""

    name, path, kind, count = "pushes", "/api/v1/observations", "application/json", count

    def token(self):
        return service.token(client, secret)

    body = staticmethod(body_of)

    def kept(self, token):
        return service.kept(token)

    def is_answer(self, answer, number):
        made = 0 if number > 1 else self.count
        return answer == {"rows": self.count, "created": made, "updated": self.count - made, "unchanged": 0}


class Importing:
    """A town officer publishes files."""

    name, path, kind = "imports", "/api/v1/imports?mode=commit", "text/csv"
    count = len(wards) * 4 * len(INDICATORS)

    @cache  # Signing in often is throttled.
    def token(self):
        credentials = json.dumps({"username": "town_officer", "password": os.environ["DANBIET_DEMO_PASSWORD"]}).encode()
        status, body, _ = ask(f"{service.url}/api/v1/sessions", body=credentials)
        assert status == 200, body
        return "Bearer " + json.loads(body)["accessToken"]

    body = staticmethod(file_of)

    def kept(self, token):
        path = f"/api/v1/exports/observations.jsonl?from={QUARTERS[0]}&to={QUARTERS[3]}"
        status, body, _ = ask(service.url + path, token)
        assert status == 200, body
        found = {}
        for line in body.decode().splitlines():
            value = json.loads(line)["value"]
            found[str(value)] = found.get(str(value), 0) + 1
        return found

    def is_answer(self, answer, number):
        rows = answer["rows"]
        return answer["committed"] and rows["created"] + rows["updated"] == rows["total"] == self.count


chance = random.Random(20_240_314)
for what in (Pushing(), Importing()):
    token, before, longest, outcomes = what.token(), {}, 0.0, {"nothing": 0, "whole": 0}
    for number in range(1, ROUNDS + 1):
        body, key = what.body(number), f"round-{number}"
        if number == 1:
            began = time.monotonic()
            status, first, _ = ask(service.url + what.path, token, body, key, what.kind)
            longest = time.monotonic() - began
            assert status == 200, first
        else:
            def send(url=service.url + what.path, body=body, key=key, token=token, kind=what.kind):
                try:
                    ask(url, token, body, key, kind)
                except OSError:
                    pass  # The connection went with the service.

            sender = threading.Thread(target=send)
            sender.start()
            time.sleep(chance.uniform(0, 1.5 * longest))
            service.kill()
            sender.join()
            service = Service()
            token = what.token()
            held = what.kept(token)
            assert held in (before, {str(number): what.count}), f"half done: {held}"
            was_done = held != before
            outcomes["whole" if was_done else "nothing"] += 1
            status, answer, replayed = ask(service.url + what.path, token, body, key, what.kind)
            assert status == 200, answer
            assert replayed == was_done, (replayed, was_done)
            assert what.is_answer(json.loads(answer), number), answer
        before = {str(number): what.count}
        assert what.kept(token) == before, what.kept(token)
    print(f"{ROUNDS} {what.name} passed, of {what.count} figures each; killed before it was done {outcomes['nothing']} times, after {outcomes['whole']} times")
service.kill()
database = "sqlite:" + os.path.join(FOLDER, "killed", "danbiet.db")
checked = subprocess.run([BINARY, "check", "--database-url", database], capture_output=True, text=True, check=False)
assert checked.returncode == 0 and "0 breaks" in checked.stdout, checked.stdout + checked.stderr
print(f"{2 * ROUNDS} passed")
