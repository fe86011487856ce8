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
    from typing_extensions import NotRequired, Required, is_typeddict
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)


def strict(kind, seen):
    """The same type, but members that are not declared are refused, also further in, and lists are checked as a whole."""
    if is_typeddict(kind):
        if kind not in seen:
            seen.add(kind)
            hints = typing.get_type_hints(kind, include_extras=True)
            kind.__annotations__ = {name: strict(hint, seen) for name, hint in hints.items()}
            kind.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
        return kind
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (collections.abc.Iterable, collections.abc.Sequence):
        return list[strict(parts[0], seen)]
    if origin is typing.Union:
        return typing.Union[tuple(strict(part, seen) for part in parts)]
    if origin in (Required, NotRequired):
        return origin[strict(parts[0], seen)]
    return kind


def typed(kind, body):
    return TypeAdapter(strict(kind, set())).validate_python(body)


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
