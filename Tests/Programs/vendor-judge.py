#!/usr/bin/env python3
"""What the vendors' own libraries say to what our plugins send.

Reads one JSON object a line, writes one a line. Needs openai, anthropic, mistralai and elevenlabs; exits with 3 if one is
not there.

  {"openai.chat": body}, {"openai.speech": body}, {"openai.embedding": body}, {"openai.transcription": fields},
  {"anthropic.messages": body}, {"mistral.chat": body}, {"elevenlabs.speech": body}
    -> {"fields": body, as the library's own types understood it}

A body with a member that the library does not know, or of another type, gets {"error": reason}.
"""
import collections.abc
import inspect
import json
import sys
import typing

try:
    import anthropic.types.message_create_params as messages
    import openai.types.audio as audio
    import openai.types.chat.completion_create_params as chat
    import openai.types.embedding_create_params as embedding
    from elevenlabs.text_to_speech.raw_client import RawTextToSpeechClient
    from mistralai.client import models as mistral
    from pydantic import ConfigDict, TypeAdapter
    from typing_extensions import is_typeddict
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)


def strict(kind, seen):
    """Members that are not declared are refused, also further in."""
    if is_typeddict(kind) and kind not in seen:
        seen.add(kind)
        kind.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
        for hint in typing.get_type_hints(kind, include_extras=True).values():
            strict(hint, seen)
    for part in typing.get_args(kind):
        if not isinstance(part, str):
            strict(part, seen)


def drained(value):
    """Lists are checked while they are read, so they are read to their end."""
    if isinstance(value, dict):
        return {name: drained(member) for name, member in value.items()}
    if isinstance(value, collections.abc.Iterable) and not isinstance(value, (str, bytes)):
        return [drained(element) for element in value]
    return value


def typed(kind, body):
    strict(kind, set())
    return drained(TypeAdapter(kind).validate_python(body))


def mistral_chat(body):
    known = {field.alias or name for name, field in mistral.ChatCompletionStreamRequest.model_fields.items()}
    if unknown := set(body) - known:
        raise ValueError(f"unknown members: {sorted(unknown)}")
    understood = mistral.ChatCompletionStreamRequest.model_validate(body)
    written = understood.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {name: written.get(name) for name in body}


def elevenlabs_speech(body):
    known = set(inspect.signature(RawTextToSpeechClient.stream).parameters)
    if unknown := set(body) - known:
        raise ValueError(f"unknown members: {sorted(unknown)}")
    return body


JUDGES = {
    "openai.chat": lambda body: typed(chat.CompletionCreateParamsStreaming, body),
    "openai.speech": lambda body: typed(audio.SpeechCreateParams, body),
    "openai.embedding": lambda body: typed(embedding.EmbeddingCreateParams, body),
    "openai.transcription": lambda body: typed(audio.transcription_create_params.TranscriptionCreateParamsNonStreaming, body),
    "anthropic.messages": lambda body: typed(messages.MessageCreateParamsStreaming, body),
    "mistral.chat": mistral_chat,
    "elevenlabs.speech": elevenlabs_speech,
}

for text in sys.stdin:
    try:
        ((name, body),) = json.loads(text).items()
        verdict = {"fields": JUDGES[name](body)}
    except Exception as refusal:
        verdict = {"error": f"{type(refusal).__name__}: {refusal}"}
    print(json.dumps(verdict, default=repr), flush=True)
