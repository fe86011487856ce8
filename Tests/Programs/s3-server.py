"""A small S3 server that checks signatures, for tests. Nothing but Python's standard library.

    s3-server.py PORT FOLDER

Objects and unfinished uploads are kept in the folder: a server that is killed and started again goes on. Signatures
(version 4) are computed anew from the request as it came, by Amazon's description, with code of its own.

For the tests, under /-/ and without a signature:
    POST /-/set      {"access_key", "secret_key", "token", "region", "clock": seconds ahead, "skew": seconds allowed}
    POST /-/bucket   {"name", "exists": true}
    POST /-/object   {"bucket", "key", "text"}; POST /-/keys {"bucket"} answers the keys, one a line
    POST /-/fail     {"match": "PUT partNumber=2", "how": ..., "times": 1, "after": 0}; how: a code, "cut", "answer-cut",
                     "error-in-200", "damage", "stall"
    GET  /-/log      what was asked, one JSON a line; DELETE forgets it
"""
import base64
import calendar
import hashlib
import hmac
import json
import os
import re
import shutil
import socket
import sys
import threading
import time
import urllib.parse
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

CODES = {
    "AccessDenied": 403, "InvalidAccessKeyId": 403, "SignatureDoesNotMatch": 403, "RequestTimeTooSkewed": 403,
    "ExpiredToken": 400, "NoSuchBucket": 404, "NoSuchKey": 404, "NoSuchUpload": 404, "SlowDown": 503,
    "InternalError": 500, "RequestTimeout": 400, "EntityTooSmall": 400, "InvalidPart": 400, "InvalidPartOrder": 400,
    "BadDigest": 400, "XAmzContentSHA256Mismatch": 400, "PermanentRedirect": 301, "InvalidRange": 416,
    "AuthorizationHeaderMalformed": 400, "InvalidRequest": 400, "PreconditionFailed": 412, "MissingContentLength": 411,
}
LEAST_PART = 5 << 20

folder = sys.argv[2]
lock = threading.RLock()
state = {
    "access_key": "AKIDEXAMPLE", "secret_key": "s3cr3t/key+", "token": "", "region": "us-east-1", "clock": 0,
    "skew": 300, "failures": [], "log": [],
}


class Refused(Exception):
    def __init__(self, code, message="", more="", headers=None):
        self.code, self.message, self.more, self.headers = code, message or code, more, headers or {}


# ---- Signatures

def quoted(text):
    return urllib.parse.quote(text, safe="-._~")


def canonical_query(raw):
    pairs = []
    for part in raw.split("&") if raw else []:
        name, _, value = part.partition("=")
        pairs.append((quoted(urllib.parse.unquote(name)), quoted(urllib.parse.unquote(value))))
    return "&".join("%s=%s" % pair for pair in sorted(pairs))


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def check_signature(handler, path, query, body):
    text = handler.headers.get("Authorization", "")
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
        r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})", text)
    if not found:
        raise Refused("AccessDenied", "no signature of version 4")
    access, day, region, names, signature = found.groups()
    if access != state["access_key"]:
        raise Refused("InvalidAccessKeyId", "The key %s does not exist." % access)
    stamp = handler.headers.get("x-amz-date", "")
    if not re.fullmatch(r"\d{8}T\d{6}Z", stamp) or stamp[:8] != day:
        raise Refused("AccessDenied", "x-amz-date is missing or of another day")
    now = time.time() + state["clock"]
    if abs(calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ")) - now) > state["skew"]:
        raise Refused("RequestTimeTooSkewed", "The difference between the times is too large.")
    if region != state["region"]:
        raise Refused("AuthorizationHeaderMalformed", "the region %s is wrong" % region,
                      "<Region>%s</Region>" % state["region"])
    names = names.split(";")
    if names != sorted(names) or "host" not in names:
        raise Refused("AccessDenied", "SignedHeaders are not sorted, or without host")
    for name in handler.headers.keys():
        if name.lower().startswith("x-amz-") and name.lower() not in names:
            raise Refused("AccessDenied", "the header %s is not signed" % name)
    lines = ""
    for name in names:
        values = handler.headers.get_all(name) or []
        lines += "%s:%s\n" % (name, ",".join(" ".join(value.split()) for value in values))
    claimed = handler.headers.get("x-amz-content-sha256", "")
    plain = "/".join(quoted(urllib.parse.unquote(part)) for part in path.split("/"))
    canonical = "\n".join([handler.command, plain, canonical_query(query), lines, ";".join(names), claimed])
    to_sign = "AWS4-HMAC-SHA256\n%s\n%s/%s/s3/aws4_request\n%s" % (
        stamp, day, region, hashlib.sha256(canonical.encode()).hexdigest())
    key = ("AWS4" + state["secret_key"]).encode()
    for part in (day, region, "s3", "aws4_request"):
        key = sign(key, part)
    if not hmac.compare_digest(sign(key, to_sign).hex(), signature):
        raise Refused("SignatureDoesNotMatch", "The signature is not that of the secret key.")
    if state["token"] and handler.headers.get("x-amz-security-token") != state["token"]:
        raise Refused("ExpiredToken", "The token has expired.")
    if claimed != hashlib.sha256(body).hexdigest():
        raise Refused("XAmzContentSHA256Mismatch", "The body is not the one that was signed.")


# ---- What is kept

def bucket_folder(bucket):
    path = os.path.join(folder, "buckets", bucket)
    if not re.fullmatch(r"[a-z0-9.-]+", bucket) or not os.path.isdir(path):
        raise Refused("NoSuchBucket", "The specified bucket does not exist")
    return path


def name_of(key):
    return hashlib.sha256(key.encode()).hexdigest()


def write(path, data):
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.rename(path + ".new", path)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def put(bucket, key, body, tag, headers):
    path = os.path.join(bucket_folder(bucket), "objects", name_of(key))
    write(path, body)
    write(path + ".json", json.dumps({"key": key, "tag": tag, "headers": headers}).encode())


def load(bucket, key):
    path = os.path.join(bucket_folder(bucket), "objects", name_of(key))
    if not os.path.exists(path + ".json"):
        raise Refused("NoSuchKey", "The specified key does not exist.")
    return read(path), json.loads(read(path + ".json"))


def upload_folder(bucket, key, name):
    path = os.path.join(bucket_folder(bucket), "uploads", name)
    if not re.fullmatch(r"[0-9a-f]+", name) or not os.path.exists(path + "/upload.json"):
        raise Refused("NoSuchUpload", "The specified upload does not exist.")
    if json.loads(read(path + "/upload.json"))["key"] != key:
        raise Refused("NoSuchUpload", "The upload is of another key.")
    return path


def parts_of(path):
    found = [json.loads(read(os.path.join(path, name))) for name in os.listdir(path) if re.fullmatch(r"\d+\.json", name)]
    return sorted(found, key=lambda part: part["number"])


def kept_headers(handler):
    names = ("content-type", "x-amz-storage-class", "x-amz-server-side-encryption")
    return {name: handler.headers[name] for name in names if name in handler.headers}


# ---- Requests

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "s3-server"

    def log_message(self, *arguments):
        pass

    def date_time_string(self, timestamp=None):
        return formatdate(time.time() + state["clock"], usegmt=True)

    def answer(self, status, body=b"", headers=None, keeps=True):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204 and not (self.command == "HEAD" and "Content-Length" in (headers or {})):
            self.send_header("Content-Length", str(len(body)))
        if not keeps:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def xml(self, text, status=200, headers=None):
        self.answer(status, ('<?xml version="1.0" encoding="UTF-8"?>\n' + text).encode(),
                    dict({"Content-Type": "application/xml"}, **(headers or {})))

    def refuse(self, refused):
        text = "<Error><Code>%s</Code><Message>%s</Message>%s<RequestId>0</RequestId></Error>" % (
            refused.code, escape(refused.message), refused.more)
        self.xml(text, CODES.get(refused.code, 400), refused.headers)

    def cut(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        path, _, query = self.path.partition("?")
        if path.startswith("/-/"):
            return self.control(path[3:], body)
        host = self.headers.get("Host", "").split(":")[0]
        entry = {"method": self.command, "path": path, "query": query, "bytes": length, "host": host,
                 "type": self.headers.get("content-type"), "range": self.headers.get("range")}
        how = self.failure("%s %s?%s" % (self.command, path, query))
        entry["failed"] = how or ""
        with lock:
            state["log"].append(entry)
        if how == "cut":
            return self.cut()
        if how == "stall":
            time.sleep(3600)
        try:
            check_signature(self, path, query, body)
            if how in CODES:
                raise Refused(how, "on purpose", headers={"Retry-After": "0"})
            if how == "damage":
                body = bytes([body[0] ^ 1]) + body[1:] if body else b"x"
            name = urllib.parse.unquote(path)[1:]
            if host.count(".") and host.endswith(".localhost"):
                bucket, key = host[:-len(".localhost")], name
            else:
                bucket, _, key = name.partition("/")
            arguments = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
            with lock:
                self.operate(bucket, key, arguments, body, how)
        except Refused as refused:
            self.refuse(refused)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

    def failure(self, text):
        with lock:
            for rule in state["failures"]:
                if all(word in text for word in rule["match"].split()):
                    if rule["after"] > 0:
                        rule["after"] -= 1
                    elif rule["times"] > 0:
                        rule["times"] -= 1
                        return rule["how"]
        return None

    def control(self, what, body):
        with lock:
            if what == "log" and self.command == "GET":
                return self.answer(200, "\n".join(json.dumps(entry) for entry in state["log"]).encode())
            if what == "log":
                state["log"] = []
            elif what == "set":
                state.update(json.loads(body))
            elif what == "object":
                wish = json.loads(body)
                put(wish["bucket"], wish["key"], wish["text"].encode(), '"x"', {})
            elif what == "keys":
                path = os.path.join(bucket_folder(json.loads(body)["bucket"]), "objects")
                keys = [json.loads(read(os.path.join(path, name)))["key"]
                        for name in os.listdir(path) if name.endswith(".json")]
                return self.answer(200, "\n".join(sorted(keys)).encode())
            elif what == "fail":
                state["failures"].append(dict({"times": 1, "after": 0}, **json.loads(body)))
            elif what == "bucket":
                wish = json.loads(body)
                path = os.path.join(folder, "buckets", wish["name"])
                shutil.rmtree(path, ignore_errors=True)
                if wish["exists"]:
                    os.makedirs(path + "/objects")
                    os.makedirs(path + "/uploads")
            self.answer(200)

    # ---- Operations

    def operate(self, bucket, key, arguments, body, how):
        if not key:
            return self.operate_bucket(bucket, arguments)
        if "uploadId" in arguments or "uploads" in arguments:
            return self.operate_upload(bucket, key, arguments, body, how)
        if self.command == "PUT":
            self.check_sum(body) if how != "damage" else None
            tag = '"%s"' % hashlib.md5(body).hexdigest()
            put(bucket, key, body, tag, kept_headers(self))
            if how == "answer-cut":
                return self.cut()
            return self.answer(200, b"", {"ETag": tag})
        if self.command in ("GET", "HEAD"):
            return self.send_object(bucket, key)
        if self.command == "DELETE":
            path = os.path.join(bucket_folder(bucket), "objects", name_of(key))
            for end in ("", ".json"):
                if os.path.exists(path + end):
                    os.remove(path + end)
            return self.answer(204)
        raise Refused("InvalidRequest")

    def send_object(self, bucket, key):
        body, about = load(bucket, key)
        headers = dict(about["headers"], ETag=about["tag"])
        if self.headers.get("if-match", about["tag"]) != about["tag"]:
            raise Refused("PreconditionFailed")
        if self.command == "HEAD":
            return self.answer(200, b"", dict(headers, **{"Content-Length": str(len(body))}))
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range", ""))
        if not found:
            return self.answer(200, body, headers)
        first, last = int(found[1]), min(int(found[2]), len(body) - 1)
        if first >= len(body):
            raise Refused("InvalidRange")
        headers["Content-Range"] = "bytes %d-%d/%d" % (first, last, len(body))
        self.answer(206, body[first:last + 1], headers)

    def operate_bucket(self, bucket, arguments):
        path = bucket_folder(bucket)
        if self.command == "HEAD":
            return self.answer(200, b"", {"x-amz-bucket-region": state["region"]})
        if "uploads" in arguments:
            found = []
            for name in os.listdir(path + "/uploads"):
                about = json.loads(read(path + "/uploads/%s/upload.json" % name))
                if about["key"].startswith(arguments.get("prefix", "")):
                    found.append((about["key"], about["at"], name, about["sums"]))
            text = "".join(
                "<Upload><Key>%s</Key><UploadId>%s</UploadId><Initiated>%s</Initiated>%s</Upload>" % (
                    escape(key), name, at, "<ChecksumAlgorithm>SHA256</ChecksumAlgorithm>" if sums else "")
                for key, at, name, sums in sorted(found))
            return self.xml("<ListMultipartUploadsResult>%s</ListMultipartUploadsResult>" % text)
        self.xml("<ListBucketResult><Name>%s</Name></ListBucketResult>" % bucket)

    def check_sum(self, body):
        claimed = self.headers.get("x-amz-checksum-sha256")
        if claimed and claimed != base64.b64encode(hashlib.sha256(body).digest()).decode():
            raise Refused("BadDigest")
        return claimed

    def operate_upload(self, bucket, key, arguments, body, how):
        if self.command == "POST" and "uploads" in arguments:
            name = os.urandom(12).hex()
            path = os.path.join(bucket_folder(bucket), "uploads", name)
            os.makedirs(path)
            about = {"key": key, "at": "%.6f" % time.time(), "headers": kept_headers(self),
                     "sums": self.headers.get("x-amz-checksum-algorithm") == "SHA256"}
            write(path + "/upload.json", json.dumps(about).encode())
            return self.xml("<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>"
                            % name)
        path = upload_folder(bucket, key, arguments["uploadId"])
        about = json.loads(read(path + "/upload.json"))
        if self.command == "PUT":
            return self.put_part(path, about, int(arguments["partNumber"]), body, how)
        if self.command == "GET":
            return self.list_parts(path, int(arguments.get("part-number-marker", 0)))
        if self.command == "DELETE":
            shutil.rmtree(path)
            return self.answer(204)
        self.complete(bucket, key, path, about, body, how)

    def put_part(self, path, about, number, body, how):
        if not 1 <= number <= 10000:
            raise Refused("InvalidRequest")
        sums = self.check_sum(body) if how != "damage" else None
        if bool(sums) != about["sums"] and how != "damage":
            raise Refused("InvalidRequest", "Checksum Type mismatch occurred")
        part = {"number": number, "size": len(body), "tag": '"%s"' % hashlib.md5(body).hexdigest(), "sum": sums}
        write(path + "/%d" % number, body)
        write(path + "/%d.json" % number, json.dumps(part).encode())
        if how == "answer-cut":
            return self.cut()
        self.answer(200, b"", dict({"ETag": part["tag"]}, **({"x-amz-checksum-sha256": sums} if sums else {})))

    def list_parts(self, path, marker):
        # Short pages, so that they are turned.
        parts = [part for part in parts_of(path) if part["number"] > marker]
        text = "".join(
            "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag><Size>%d</Size>%s</Part>" % (
                part["number"], escape(part["tag"], {'"': "&quot;"}), part["size"],
                "<ChecksumSHA256>%s</ChecksumSHA256>" % part["sum"] if part["sum"] else "")
            for part in parts[:2])
        self.xml("<ListPartsResult><IsTruncated>%s</IsTruncated>%s</ListPartsResult>" % (
            "true" if len(parts) > 2 else "false", text))

    def complete(self, bucket, key, path, about, body, how):
        if how == "error-in-200":
            # The status is out before the work is done; white space keeps the connection.
            text = "\n   \n<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"
            return self.xml(text)
        there = {part["number"]: part for part in parts_of(path)}
        text = body.decode()
        wanted = re.findall(r"<Part><PartNumber>(\d+)</PartNumber><ETag>([^<]*)</ETag>"
                            r"(?:<ChecksumSHA256>([^<]*)</ChecksumSHA256>)?</Part>", text)
        numbers = [int(number) for number, _, _ in wanted]
        if not numbers or numbers != sorted(set(numbers)):
            raise Refused("InvalidPartOrder")
        whole, digests = [], b""
        for number, tag, sums in wanted:
            part = there.get(int(number))
            if not part or tag.replace("&quot;", '"') != part["tag"] or (about["sums"] and sums != part["sum"]):
                raise Refused("InvalidPart", "One or more of the specified parts could not be found.")
            if part["size"] < LEAST_PART and int(number) != numbers[-1]:
                raise Refused("EntityTooSmall")
            data = read(path + "/%s" % number)
            whole.append(data)
            digests += hashlib.md5(data).digest()
        tag = '"%s-%d"' % (hashlib.md5(digests).hexdigest(), len(wanted))
        put(bucket, key, b"".join(whole), tag, about["headers"])
        shutil.rmtree(path)
        if how == "answer-cut":
            return self.cut()
        self.xml("<CompleteMultipartUploadResult><Key>%s</Key><ETag>%s</ETag></CompleteMultipartUploadResult>" % (
            escape(key), escape(tag)))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    # Both loopbacks: names under localhost may be either.
    address_family = socket.AF_INET


os.makedirs(os.path.join(folder, "buckets"), exist_ok=True)
Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
