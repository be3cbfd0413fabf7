"""A proxy before a real S3 server that shows the faults it cannot show itself.

    with FaultyProxy(server) as proxy:
        proxy.fault(Lost(), method="PUT", path="_delta_log")     # the first such request
        ...
        proxy.requests      # what came: (method, target, headers)

Requests go on with all their headers, the signed Host among them. A fault takes the requests
that match it: the first `times` of them behind `skip`.
"""
import contextlib
import datetime
import email.utils
import http.client
import socket
import socketserver
import threading
import time


class Fault:
    """What happens to a request: by default it goes on, and its answer comes back."""

    def run(self, connection, request, forward):
        connection.send_answer(forward())


class Lost(Fault):
    """The server applies the request; the answer is lost."""

    def run(self, connection, request, forward):
        forward()
        connection.drop()


class Dropped(Fault):
    """The connection is cut before the server sees the request."""

    def run(self, connection, request, forward):
        connection.drop()


class Cut(Fault):
    """The answer is cut behind its k-th byte, headers included."""

    def __init__(self, size):
        self.size = size

    def run(self, connection, request, forward):
        connection.send(connection.format(forward())[:self.size])
        connection.drop()


class Answer(Fault):
    """An error instead of the server's answer; `after`: though the server applied it."""

    def __init__(self, status, code="", after=False, headers=(), body=None):
        self.status, self.code, self.after, self.headers = status, code, after, dict(headers)
        self.body = body if body is not None else (
            f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>planted</Message>"
            f"</Error>".encode() if code else b"")

    def run(self, connection, request, forward):
        if self.after:
            forward()
        body = b"" if request.method == "HEAD" else self.body
        connection.send_answer((self.status, self.headers, body))


class Short(Fault):
    """The body loses its last bytes; the length says what is left, so only the content tells."""

    def __init__(self, missing):
        self.missing = missing

    def run(self, connection, request, forward):
        status, headers, body = forward()
        connection.send_answer((status, headers, body[:-self.missing]))


class Drip(Fault):
    """A byte now and then, for ever."""

    def run(self, connection, request, forward):
        data = connection.format(forward())
        with contextlib.suppress(OSError):
            for byte in data:
                connection.send(bytes([byte]))
                time.sleep(0.2)
        connection.drop()


class Stall(Fault):
    """No answer at all, until the client goes."""

    def run(self, connection, request, forward):
        with contextlib.suppress(OSError):
            connection.request.settimeout(60)
            connection.request.recv(1)
        connection.drop()


class Slow(Fault):
    """The answer comes whole, a while after the request did."""

    def __init__(self, seconds):
        self.seconds = seconds

    def run(self, connection, request, forward):
        answer = forward()
        time.sleep(max(0, request.came + self.seconds - time.monotonic()))
        request.answered = time.monotonic()
        connection.send_answer(answer)


class Skew(Fault):
    """A server whose clock is off: refuses what is not signed for its own time."""

    def __init__(self, minutes):
        self.offset = datetime.timedelta(minutes=minutes)

    def run(self, connection, request, forward):
        now = datetime.datetime.now(datetime.timezone.utc) + self.offset
        signed = datetime.datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%S%z")
        if abs(now - signed) < datetime.timedelta(minutes=2):
            connection.send_answer(forward())
            return
        Answer(403, "RequestTimeTooSkewed",
               headers={"date": email.utils.format_datetime(now, usegmt=True)}
               ).run(connection, request, forward)


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.came, self.answered = time.monotonic(), None


class Rule:
    def __init__(self, fault, method, path, times, skip):
        self.fault, self.method, self.path = fault, method, path
        self.times, self.skip, self.taken = times, skip, 0

    def matches(self, request):
        if self.method and request.method != self.method:
            return False
        if self.path not in request.target:
            return False
        self.skip -= 1
        if self.skip >= 0 or self.taken >= self.times:
            return False
        self.taken += 1
        return True


class Connection(socketserver.BaseRequestHandler):
    """The requests of one client connection, one after the other."""

    def handle(self):
        self.reader = self.request.makefile("rb")
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.upstream = None
        self.is_open = True
        with contextlib.suppress(OSError, http.client.HTTPException):
            while self.is_open and self.handle_one():
                pass
        if self.upstream:
            self.upstream.close()

    def handle_one(self):
        line = self.reader.readline()
        if not line.strip():
            return False
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers = {}
        while (field := self.reader.readline().decode("latin-1").strip()):
            name, _, value = field.partition(":")
            headers[name.strip().lower()] = value.strip()
        request = Request(method, target, headers, None)
        rule = self.server.proxy.find_rule(request)
        if headers.get("expect") == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.body = self.reader.read(int(headers.get("content-length", 0)))
        fault = rule.fault if rule else Fault()
        fault.run(self, request, lambda: self.forward(request))
        return True

    def forward(self, request):
        if not self.upstream:
            self.upstream = http.client.HTTPConnection(self.server.proxy.address, timeout=60)
        self.upstream.putrequest(request.method, request.target, skip_host=True,
                                 skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name not in ("expect", "connection"):
                self.upstream.putheader(name, value)
        self.upstream.endheaders(request.body or None)
        answer = self.upstream.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read()

    def format(self, answer):
        status, headers, body = answer
        headers = {name: value for name, value in headers.items()
                   if name not in ("transfer-encoding", "connection")}
        if body or "content-length" not in headers:
            headers["content-length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {status} Planted\r\n{head}\r\n".encode("latin-1") + body

    def send_answer(self, answer):
        self.send(self.format(answer))

    def send(self, data):
        self.request.sendall(data)

    def drop(self):
        self.is_open = False
        with contextlib.suppress(OSError):
            self.request.shutdown(socket.SHUT_RDWR)


class Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


class FaultyProxy:
    def __init__(self, server):
        self.address = server.address
        self.rules, self.requests, self.lock = [], [], threading.Lock()

    def __enter__(self):
        self.listener = Listener(("127.0.0.1", 0), Connection)
        self.listener.proxy = self
        self.endpoint = f"http://127.0.0.1:{self.listener.server_address[1]}"
        self.thread = threading.Thread(target=self.listener.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown()
        self.thread.join()
        self.listener.server_close()

    def fault(self, fault, method=None, path="", times=1, skip=0):
        rule = Rule(fault, method, path, times, skip)
        with self.lock:
            self.rules.append(rule)
        return rule

    def clear(self):
        with self.lock:
            self.rules, self.requests = [], []

    def find_rule(self, request):
        with self.lock:
            self.requests.append(request)
            return next((rule for rule in self.rules if rule.matches(request)), None)

    def rounds(self):
        """The requests of each round: what came before any of it was answered (Slow)."""
        rounds = []
        for request in sorted(self.requests, key=lambda request: request.came):
            if not rounds or request.came >= min(r.answered for r in rounds[-1]):
                rounds.append([])
            rounds[-1].append(request)
        return rounds

    def count(self, method, path=""):
        return sum(r.method == method and path in r.target for r in self.requests)
