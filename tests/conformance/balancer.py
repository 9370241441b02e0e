"""The balancer's configuration as it is shipped, run before the service: what it lets through and what it ends."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT, URL = Path(sys.argv[1]), sys.argv[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, **headers):
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10)
        return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def sent_slowly(port, head, chunk, pause, most):
    """Sends a body in pieces until the other side has enough; answers for how long it listened, and what it said."""
    began, said = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(0.01)
        client.sendall(head)
        while time.monotonic() - began < most:
            try:
                client.sendall(chunk)
            except OSError:
                break
            try:
                part = client.recv(4096)
                said += part
                if not part:
                    break
            except TimeoutError:
                pass
            except OSError:
                break
            time.sleep(pause)
    return time.monotonic() - began, said


def main():
    port = free_port()
    folder = Path(tempfile.mkdtemp())
    try:
        config = (ROOT / "docker/nginx/nginx.conf").read_text()
        for old, new in (("listen 8080;", f"listen 127.0.0.1:{port};"), ("/tmp/", f"{folder}/"), ("/dev/stdout", f"{folder}/access.log")):
            assert old in config, old
            config = config.replace(old, new)
        (folder / "nginx.conf").write_text(config)
        replica = URL.removeprefix("http://")
        # Of two replicas, one is away: nobody is to notice.
        upstream = f"upstream danbiet {{ server {replica} max_fails=1 fail_timeout=2s; server 127.0.0.1:{free_port()} max_fails=1 fail_timeout=2s; keepalive 8; }}"
        (folder / "upstream.conf").write_text(upstream)
        # The image's user owns its folders for what does not fit into memory; so does the user of the workers here.
        directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        nginx = subprocess.Popen(["nginx", "-p", str(folder), "-c", "nginx.conf", "-g", directives], stderr=subprocess.PIPE)
        try:
            for _ in range(100):
                if nginx.poll() is not None:
                    sys.exit(nginx.stderr.read().decode())
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.05)
            asked(f"http://127.0.0.1:{port}", port)
            lines = (folder / "access.log").read_text()
            assert "secret-query" not in lines and "/api/v1/areas" in lines, lines
        finally:
            nginx.terminate()
            nginx.wait()
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def asked(base, port):
    assert [get(f"{base}/health/ready")[0] for _ in range(20)] == [200] * 20, "a replica that is away was noticed"
    assert get(f"{base}/metrics")[0] == 404
    assert get(f"{base}/api/v1/areas?q=secret-query")[0] == 401

    head = "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode()
    # Meanwhile others are served.
    slow = []
    threads = [
        threading.Thread(target=lambda: slow.append(sent_slowly(port, chunked, b"1\r\n \r\n", 7, 40)))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    endless = sent_slowly(port, chunked, b"10000\r\n" + b" " * 0x10000 + b"\r\n", 0, 30)
    assert endless[0] < 25 and b" 413 " in endless[1], f"an endless body: {endless}"
    times = []
    for _ in range(100):
        began = time.monotonic()
        assert get(f"{base}/health/live")[0] == 200
        times.append(time.monotonic() - began)
    for thread in threads:
        thread.join()
    assert sorted(times)[98] < 0.5, f"others waited: {max(times)}"
    assert all(took < 25 for took, _ in slow), f"slow bodies were listened to: {slow}"
    declared = f"{head}Content-Length: {100 * 1024 * 1024}\r\n\r\n".encode()
    took, said = sent_slowly(port, declared, b" ", 0.05, 20)
    assert b" 413 " in said and took < 12, f"a declared size: {took} {said}"
    print(f"20 slow bodies ended after {max(took for took, _ in slow):.0f} s at most, an endless one after {endless[0]:.1f} s")


main()
