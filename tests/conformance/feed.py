"""A nightly sync that a stranger could have written: it takes everything from the change feed, in small pages, and holds what
/observations says; it is told of a publication by a webhook that the library `standardwebhooks` verifies, and by the stream.

Each assertion that holds counts as one case.
"""

import http.client
import http.server
import json
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from standardwebhooks import Webhook, WebhookVerificationError

ORIGIN = os.environ["DANBIET_URL"]
PASSWORD = os.environ["DANBIET_DEMO_PASSWORD"]
passed = 0


def holds(fact, about):
    global passed
    if not fact:
        raise SystemExit(f"does not hold: {about}")
    passed += 1


def call(method, path, token=None, body=None, expect=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None
    if body is not None:
        data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    request = urllib.request.Request(ORIGIN + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, found, sent = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        status, found, sent = refusal.code, refusal.headers, refusal.read()
    if expect is None and status >= 400:
        raise SystemExit(f"{method} {path}: {status} {sent.decode()}")
    if expect is not None:
        holds(status == expect, f"{method} {path} answers {expect}, not {status} {sent.decode()}")
    return (json.loads(sent) if sent else None), found


def sign_in(name):
    pair, _ = call("POST", "/api/v1/sessions", body={"username": name, "password": PASSWORD})
    return pair["accessToken"]


class Store:
    """What a consumer keeps: the newest of everything, by kind and key, and where it stands in the feed."""

    def __init__(self):
        self.held, self.cursor, self.through = {}, "0", 0

    def apply(self, change):
        key = dict(change["key"])
        if "area" in key:
            key["area"] = key["area"]["id"]
        name = change["type"], json.dumps(key, sort_keys=True)
        if change["change"] == "set":
            self.held[name] = change.get(change["type"])
        else:
            del self.held[name]

    def sync(self, token, limit):
        pages = 0
        while True:
            page, _ = call("GET", f"/api/v1/changes?after={self.cursor}&limit={limit}", token)
            for change in page["items"]:
                self.apply(change)
            self.cursor, self.through, pages = page["nextCursor"], page["through"], pages + 1
            if not page["hasMore"]:
                return pages

    def figures(self):
        return sorted(json.dumps(held, sort_keys=True) for (kind, _), held in self.held.items() if kind == "observation")


def observations(token, as_of):
    found, cursor = [], ""
    while True:
        page, _ = call("GET", f"/api/v1/observations?limit=200&asOf={as_of}{cursor}", token)
        found += [json.dumps(figure, sort_keys=True) for figure in page["items"]]
        if not page["nextCursor"]:
            return sorted(found)
        cursor = "&cursor=" + page["nextCursor"]


class Receiver(http.server.BaseHTTPRequestHandler):
    received, statuses, arrived = [], [], threading.Semaphore(0)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Receiver.received.append((dict(self.headers.items()), body))
        self.send_response(Receiver.statuses.pop(0) if Receiver.statuses else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()
        Receiver.arrived.release()

    def log_message(self, *_):
        pass


def told(seconds=20):
    holds(Receiver.arrived.acquire(timeout=seconds), f"the receiver is told within {seconds} s")
    return Receiver.received[-1]


def settled(look, wanted):
    """What is noted just after the receiver has answered: looked at until it is so, or for five seconds."""
    for _ in range(50):
        found = look()
        if found == wanted:
            break
        time.sleep(0.1)
    return found


def attempts(place, token):
    log, _ = call("GET", f"{place}/deliveries", token)
    return [[attempt["statusCode"] for attempt in entry["attempts"]] for entry in log["items"]]


def publish(town, value):
    """A target is the smallest publication that a town makes in one call."""
    path = "/api/v1/targets?area=222&indicator=poverty_rate&year=2024"
    _, headers = call("GET", path, town)
    body = {"area": "222", "indicator": "poverty_rate", "referencePeriod": "2024", "value": value}
    call("PUT", "/api/v1/targets", town, body, If_Match=headers["ETag"])


def retract(town, ward, quarter):
    path = f"/api/v1/wards/{ward}/reports/{quarter}"
    _, headers = call("GET", path, town)
    body = {"to": "retracted", "comment": "Số liệu sai."}
    call("POST", path + "/transitions", town, body, If_Match=headers["ETag"])


def events(token, after):
    """The stream as it comes: name, id and data of each event."""
    place = urllib.parse.urlsplit(ORIGIN)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream", "Last-Event-ID": after}
    connection.request("GET", "/api/v1/changes", headers=headers)
    answer = connection.getresponse()
    holds(answer.status == 200 and answer.getheader("Content-Type") == "text/event-stream", "the feed is a stream too")
    fields = {}
    while True:
        line = answer.readline().decode().rstrip("\n")
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            if "event" in fields:
                yield fields["event"], fields["id"], json.loads(fields["data"])
            fields = {}


def main():
    town, viewer = sign_in("town_officer"), sign_in("viewer")
    call("GET", "/api/v1/changes", expect=401)
    call("GET", "/api/v1/changes", viewer, expect=403)
    call("GET", "/api/v1/changes?after=nonsense", town, expect=400)
    call("GET", "/api/v1/changes?after=zzzz.1", town, expect=410)

    whole, paged = Store(), Store()
    holds(whole.sync(town, 1000) < paged.sync(town, 97), "small pages are more")
    holds(whole.held == paged.held and whole.cursor == paged.cursor, "wherever pages end, they are the same changes")
    holds(whole.figures() == observations(town, whole.through), "an empty store that applies the feed holds what is published")
    _, headers = call("GET", f"/api/v1/changes?after={whole.cursor}", town)
    call("GET", f"/api/v1/changes?after={whole.cursor}", town, expect=304, If_None_Match=headers["ETag"])

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook = f"http://127.0.0.1:{server.server_port}/danbiet"
    call("POST", "/api/v1/webhooks", town, {"url": "http://169.254.169.254/"}, expect=422)
    webhook, _ = call("POST", "/api/v1/webhooks", town, {"url": hook}, expect=201)
    place = f"/api/v1/webhooks/{webhook['id']}"
    verifier = Webhook(webhook["secret"])

    publish(town, 0.7)
    sent, body = told()
    event = verifier.verify(body, sent)
    holds(event["type"] == "revision.published" and event["data"]["kind"] == "target", "the library verifies the event")
    try:
        verifier.verify(body + b" ", sent)
        holds(False, "a body that was changed is refused")
    except WebhookVerificationError:
        holds(True, "a body that was changed is refused")
    link = urllib.parse.urlsplit(event["data"]["changes"])
    page, _ = call("GET", f"{link.path}?{link.query}", town)
    holds(page["items"][0]["revision"] == event["data"]["revision"], "it links to what is new")
    holds(page["items"][0]["target"] == {"value": 0.7}, "which is the target")

    Receiver.statuses.append(500)
    publish(town, 0.6)
    first, _ = told()
    again, body = told()
    holds(first["webhook-id"] == again["webhook-id"] and verifier.verify(body, again), "what failed comes again, five seconds later")
    rotated, _ = call("POST", f"{place}/secret/rotate", town)
    call("POST", f"{place}/test", town, expect=202)
    sent, body = told()
    for secret in (webhook["secret"], rotated["secret"]):
        holds(Webhook(secret).verify(body, sent)["type"] == "webhook.test", "for a while both secrets verify")
    tries = settled(lambda: attempts(place, town), [[204], [500, 204], [204]])
    holds(tries == [[204], [500, 204], [204]], f"the log has every attempt: {tries}")
    Receiver.statuses.append(410)
    call("POST", f"{place}/replay", town, {"after": event["data"]["revision"] - 1}, expect=202)
    told()

    stream = events(town, whole.cursor)
    names = []
    for name, cursor, data in stream:
        names.append(name)
        if name == "change":
            whole.apply(data)
        else:
            whole.cursor, whole.through = cursor, data["revision"]
            if data["revision"] > event["data"]["revision"]:
                break
    holds(names == ["change", "revision"] * 2, f"the stream tells what was missed: {names}")
    retract(town, "07783", "2024-Q1")
    for name, cursor, data in stream:
        if name == "revision":
            break
        whole.apply(data)
    whole.cursor, whole.through = cursor, data["revision"]
    holds(whole.figures() == observations(town, whole.through), "and what happens, withdrawn figures among it")
    paged.sync(town, 3)
    holds(paged.held == whole.held, "pages and stream say the same")
    before = observations(town, event["data"]["revision"])
    holds(len(before) > len(whole.figures()), "what was withdrawn is still there as of then")
    state = settled(lambda: [call("GET", place, town)[0][name] for name in ("enabled", "disabledBecause")], [False, "gone"])
    holds(state == [False, "gone"], "410 disables the webhook")
    print(f"{passed} passed, 0 failed")


main()
