"""What schemathesis is told of this API beyond its document: who signs, and what only the bridge itself can make."""

import atexit
import base64
import hashlib
import hmac
import json
import os
import time

import requests
import schemathesis

AUTHENTICATED = os.environ["SURFACE_AUTHENTICATED"] == "yes"
SECRET = base64.b64decode(os.environ["SURFACE_SECRET"].removeprefix("whsec_"))
# Standard Webhooks proves both: a source, and Linq.
SIGNED = ("/hooks/standard-webhooks", "/linq")


class Sign(requests.auth.AuthBase):
    """Signs the bytes that are sent, so that made-up events get past the proof and are read."""

    def __call__(self, request):
        if request.path_url.split("?")[0] in SIGNED:
            body = request.body or b""
            body = body if isinstance(body, bytes) else body.encode()
            event, at = "msg_1", str(int(time.time()))
            proof = hmac.new(SECRET, f"{event}.{at}.".encode() + body, hashlib.sha256).digest()
            request.headers["webhook-id"] = event
            request.headers["webhook-timestamp"] = at
            request.headers["webhook-signature"] = "v1," + base64.b64encode(proof).decode()
        return request


if AUTHENTICATED:
    schemathesis.auth.set_from_requests(Sign()).apply_to(path=["/hooks/{source}", "/linq"])


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """A cursor is made by the bridge alone, and `default` would document every status: both are left out of what is tested."""
    for path, operations in raw_schema["paths"].items():
        for operation in operations.values():
            operation["parameters"] = [each for each in operation["parameters"] if each["name"] != "next"]
            operation["responses"].pop("default", None)
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for schema in content.get("schema", {}).get("anyOf", [content.get("schema", {})]):
                    schema.get("properties", {}).pop("next", None)
    post = raw_schema["paths"]["/hooks/{source}"]["post"]
    post["requestBody"]["content"] = {"application/json": {"schema": EVENT}}


# The body of the source standard-webhooks, as docs/sources/standard-webhooks.md has it: other bodies are made up from this one.
EVENT = {
    "type": "object",
    "required": ["type", "timestamp", "data"],
    "properties": {
        "type": {"enum": ["recording.completed"]},
        "timestamp": {"type": "string", "format": "date-time"},
        "data": {
            "type": "object",
            "required": ["id", "recording_url"],
            "properties": {
                "id": {"type": "string", "minLength": 1, "maxLength": 100},
                "recording_url": {"enum": ["https://recordings.example.com/1.mp3"]},
                "from": {"type": "string"},
                "to": {"type": "string"},
                "direction": {"enum": ["inbound", "outbound"]},
            },
        },
    },
}


@schemathesis.check
def opens_to_nobody(ctx, response, case):
    """Without a key and a signature nothing but the open addresses answers as if it had done something."""
    if AUTHENTICATED or case.operation.path in ("/health", "/openapi.json"):
        return
    if response.request.method != "POST" and case.operation.path == "/replay":
        return  # the page, which sends a stranger to sign in
    if response.status_code < 400:
        raise AssertionError(f"{response.status_code} without a key or a signature")


seen = {}


@schemathesis.hook
def after_call(context, case, response):
    label = f"{response.request.method} {case.operation.path}"
    seen.setdefault(label, {}).setdefault(response.status_code, 0)
    seen[label][response.status_code] += 1


@atexit.register
def write_seen():
    with open(os.environ["SURFACE_SEEN"], "w") as file:
        json.dump(seen, file)
