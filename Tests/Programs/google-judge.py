#!/usr/bin/env python3
"""What Google's own libraries say to what our plugins send, and how they would answer.

Reads one JSON object a line, writes one a line. Needs google-cloud-speech and google-cloud-texttospeech; exits with 3
if they are not there.

  {"recognize": body}                -> {"fields": body as Google's message class understood it}
  {"synthesize": body}               -> the same
  {"transcripts": [text, ...]}       -> {"answer": the text of a RecognizeResponse}
  {"audio": base64}                  -> {"answer": the text of a SynthesizeSpeechResponse}
  {"assertion": text, "key": PEM}    -> {"claims": what the signed statement says, once its signature is verified}

An object that is refused gets {"error": reason}.
"""
import base64
import json
import sys

try:
    from google.auth import jwt
    from google.cloud import speech_v1, texttospeech_v1
    from google.protobuf import json_format
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)


def judged(message_class, body):
    message = message_class.pb()()
    json_format.ParseDict(body, message, ignore_unknown_fields=False)
    return {"fields": json_format.MessageToDict(message)}


def answer(message):
    return {"answer": json_format.MessageToJson(type(message).pb(message))}


def judge(line):
    if "recognize" in line:
        return judged(speech_v1.RecognizeRequest, line["recognize"])
    if "synthesize" in line:
        return judged(texttospeech_v1.SynthesizeSpeechRequest, line["synthesize"])
    if "transcripts" in line:
        results = [{"alternatives": [{"transcript": text, "confidence": 0.9}]} for text in line["transcripts"]]
        return answer(speech_v1.RecognizeResponse(results=results, total_billed_time={"seconds": 2}, request_id=77))
    if "audio" in line:
        content = base64.b64decode(line["audio"])
        return answer(texttospeech_v1.SynthesizeSpeechResponse(audio_content=content))
    return {"claims": dict(jwt.decode(line["assertion"], certs=line["key"], verify=True))}


for text in sys.stdin:
    try:
        verdict = judge(json.loads(text))
    except Exception as refusal:
        verdict = {"error": f"{type(refusal).__name__}: {refusal}"}
    print(json.dumps(verdict), flush=True)
