#!/usr/bin/env python3
"""Prints what callers and agents say, as it happens, and goes on where it stopped.

The position of the last event is kept in a file: whatever happened while this program was away comes first. With
--once it stops when it has caught up.
"""
import json
import os
import socket
import sys

SOCKET = os.environ.get("PATCHBAY_SOCKET", "state/control.sock")
BOOKMARK = os.environ.get("PATCHBAY_BOOKMARK", os.path.expanduser("~/.patchbay-position"))
TOPICS = ["call.started", "transcript.final", "reply.spoken", "call.ended", "call.interrupted"]


class Host:
    """One connection. Answers are told apart from notifications by their id."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.last_id = 0

    def read(self):
        line = self.lines.readline()
        if not line:
            raise SystemExit("the host has closed the connection")
        return json.loads(line)

    def call(self, method, **params):
        self.last_id += 1
        request = {"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self.read()
            if answer.get("id") == self.last_id:
                break
        if "error" in answer:
            # Programs decide on data.error, people read the message.
            raise SystemExit(f"{method}: {answer['error']['data']['error']}: {answer['error']['message']}")
        return answer["result"]


def bookmark():
    try:
        with open(BOOKMARK, encoding="utf-8") as file:
            return int(file.read())
    except FileNotFoundError:
        return 0


def keep(position):
    with open(BOOKMARK + ".new", "w", encoding="utf-8") as file:
        file.write(str(position))
    os.replace(BOOKMARK + ".new", BOOKMARK)


def main():
    host = Host(SOCKET)
    if "--once" in sys.argv[1:]:
        page = host.call("event.list", after=bookmark(), topics=TOPICS, limit=1000)
        for event in page["items"]:
            show(event)
        keep(page["next"])
        return
    host.call("event.subscribe", topics=TOPICS, after=bookmark())
    while True:
        message = host.read()
        if message.get("method") == "event.notify":
            show(message["params"]["event"])
            keep(message["params"]["event"]["position"])


def show(event):
    text = event["data"].get("text", "") if isinstance(event["data"], dict) else ""
    print(f"{event['at']}  {event['key']}  {event['topic']:18} {text}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
