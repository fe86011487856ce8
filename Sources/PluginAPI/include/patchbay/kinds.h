/*
 * kinds.h: for each kind of plugin its interface id, the members of the open options, and which frames
 * go in and out. JSON members not named here may be added; ignore those you do not know. A member
 * marked * is always there. Audio is 8,000 Hz unless the options say otherwise.
 */
#ifndef PATCHBAY_KINDS_H
#define PATCHBAY_KINDS_H

/*
 * asr: speech to text. One stream per call; an item is one utterance, numbered by the host.
 *   options  {"sample_rate"*: 8000, "language"*: "en-US", "phrases": ["words worth expecting", ...],
 *             "intents": [{"name", "examples": [...]}, ...]}
 *   in       AUDIO(item); DONE(item): the caller has stopped speaking
 *   out      TEXT(item): what is understood so far, whole, replacing the text before;
 *            TEXT(item, FINAL): exactly one per item, empty if nothing was understood; DONE(item)
 *   A plugin that needs another rate says so by the member "sample_rate" of its configuration schema's
 *   "x-audio" object: {"x-audio": {"sample_rate": 16000}}; the host then resamples.
 */
#define PB_ASR "patchbay.asr/1"

/*
 * intent: what the caller wants. One stream per call; an item is one utterance.
 *   options  {"language"*, "labels"*: [{"name"*: "book", "examples"*: ["I want to book", ...]}, ...]}
 *   in       TEXT(item)
 *   out      JSON(item) {"labels": [{"name", "confidence": 0...1}, ...]}, best first, calibrated: of
 *            answers given with 0.8, four in five are right; DONE(item)
 */
#define PB_INTENT "patchbay.intent/1"

/*
 * llm: the next reply. One stream per call; an item is one reply.
 *   options  {"language"*, "model": "..."}
 *   in       JSON(item) {"messages"*: [{"role": "system|user|assistant|tool", "content", "tool_call_id",
 *            "tool_calls"}, ...], "tools": [{"name", "description", "parameters": JSON Schema}, ...],
 *            "temperature", "max_tokens", "context": {"agent", "stage", "goal", "intent", "confidence",
 *            "passages": [{"text", "score", "document", "heading"}, ...], "slots": {...}, "lead": {...}, "templates":
 *            {...}}}
 *   out      TEXT(item) pieces of the reply, to be joined;
 *            JSON(item) {"tool_calls": [{"id", "name", "arguments": {...}}, ...]};
 *            JSON(item) {"usage": {"input_tokens", "output_tokens"}}; DONE(item)
 */
#define PB_LLM "patchbay.llm/1"

/*
 * tts: text to speech. One stream per call; an item is one sentence.
 *   options  {"sample_rate"*: 8000, "language"*, "voice": "..."}
 *   in       TEXT(item): one whole sentence; DONE(item) follows it
 *   out      AUDIO(item) in order, faster than real time where possible; DONE(item)
 *            An optional JSON(item) {"words": [{"text", "start_ms", "end_ms"*}, ...]}, before the audio that it
 *            is about, tells where words lie: one entry for each word of the sentence, as white space
 *            separates them. A sentence that breaks off is then taken up by another voice at the very word.
 */
#define PB_TTS "patchbay.tts/1"

/*
 * embedder: text to vector. An item is one text.
 *   options  {}
 *   in       TEXT(item); DONE(item) follows it
 *   out      VECTOR(item), always of the same length for one configuration; DONE(item)
 */
#define PB_EMBEDDER "patchbay.embedder/1"

/*
 * telephony, media: the codec between a carrier's socket and PCM. One stream per media connection.
 *   options  {"url"*: as the carrier requested it, "headers"*: {"name in lower case": "value"}}
 *            open refuses with PB_ERROR_REFUSED where a signature is required and wrong.
 *   in       BYTES: one message from the carrier, whole; AUDIO: to be played; and
 *            JSON {"op": "mark", "name": "s7"}, {"op": "clear"}, {"op": "close", "reason": "..."}, and only where
 *            the plugin's configuration schema has "x-digits": true, {"op": "digits", "digits": "12#"}: keys to be
 *            pressed; for other carriers the host plays the tones
 *   out      AUDIO: what the caller says, time_us its position; BYTES: one message to the carrier, and
 *            JSON {"event": "started", "carrier_call_id"*, "stream_id", "parameters"*: {...}},
 *                 {"event": "mark", "name"*}, {"event": "dtmf", "digit"*}, {"event": "stopped"},
 *                 {"event": "skipped", "reason"*, "count"*}: a message that made no sense was left out;
 *            END when the carrier has said that it is over
 *   open and push are called on the loop and answer inline. The host may push AUDIO and JSON from inside an
 *   emit: a caller who interrupts is answered with "clear" before the push that brought the audio returns.
 */
#define PB_TELEPHONY_MEDIA "patchbay.telephony.media/1"

/*
 * telephony, webhook: one stream per request that the carrier posts to us.
 *   options  {"purpose"*: "voice" | "status" | "detected" | "recording" | "continue" | "transferred", "method"*,
 *             "url"*: as the carrier sees it, "headers"*: {"name in lower case": "value"}}
 *   in       BYTES: the body; DONE(0); then, for a call, one JSON {"op": "connect", "media_url"*,
 *            "parameters"*: {...}, "continue_url": where to ask what follows the media} or
 *            {"op": "reject", "reason"*}; and where the carrier asks what follows ("continue"), one JSON
 *            {"op": "transfer", "to"*: "+..." or "sip:...", "caller_id", "result_url"*} or {"op": "hangup"}
 *   out      JSON {"event": "call", "carrier_call_id"*, "from"*, "to"*, "direction"*, "answered_by"} or
 *            JSON {"event": "status", "carrier_call_id"*, "status"*, "sequence", "sip_code", "duration_s", "answered_by",
 *            "fields": {...}}, on "detected" with what the machine detection has found and no status, or
 *            JSON {"event": "continue", "carrier_call_id"*} or, on "transferred",
 *            JSON {"event": "transfer", "carrier_call_id"*, "status"*, "duration_s"};
 *            "answered_by" is what the carrier's machine detection says: "human", "machine_...", "fax", "unknown";
 *            then JSON {"response": {"status"*: 200, "headers": {...}, "body": "..."}}; END
 *            A wrong signature fails the stream with PB_ERROR_REFUSED.
 */
#define PB_TELEPHONY_WEBHOOK "patchbay.telephony.webhook/1"

/*
 * telephony, calls: placing, ending and finding calls. An item is one request; several may be under way.
 *   options  {}
 *   in       JSON(item) {"op"*: "place", "attempt"*: the host's name for it, "to"*: "+...", "from"*: "+...",
 *             "voice_url"*: asked when somebody answers, "status_url"*: told of every status, "detected_url": told who
 *             answered, "detects": "start": a machine is told at once, "message_end": when it records; absent: nobody
 *             listens, "rings_s": 25, "longest_s": the call is cut then};
 *            JSON(item) {"op"*: "end", "carrier_call_id"*}: hangs up, or calls off what has not been answered;
 *            JSON(item) {"op"*: "find", "to"*, "from", "since"*: RFC 3339}: all calls made since then, whatever has
 *             become of them; DONE(item) follows
 *   out      JSON(item) {"carrier_call_id"*, "status"*} to place and end; "over": there was nothing to end;
 *            JSON(item) {"calls"*: [{"carrier_call_id"*, "status"*, "to", "from", "at": made, "answered_by",
 *             "duration_s"}, ...], "complete"*: false: there are more, newest first} to find; or
 *            JSON(item) {"error"*: {"verdict"*, "message"*: for people, without numbers, "code": the carrier's own,
 *             "retry_after_ms"}}; DONE(item)
 *   A status is queued, initiated, ringing, in-progress, completed, busy, no-answer, failed or canceled. The verdict
 *   decides what may be done again, so it says more only where the plugin is sure:
 *            "refused"    was not done, and will not be until somebody changes something: credentials, the caller id
 *            "invalid"    was not done, and never will be: no such number
 *            "barred"     was not done, and this number will not be called until somebody changes something; others can be
 *            "congested"  was not done for now: may be asked again, after retry_after_ms
 *            "unknown"    may have been done: an answer that broke, was late or made no sense. A call is placed again
 *                         only once "find" says that it is not there
 *   A plugin asks the carrier once for each item, and never a second time by itself. cancel takes nothing back: the
 *   answer still comes. A call that was just placed may be missing from what "find" tells for some seconds.
 */
#define PB_TELEPHONY_CALLS "patchbay.telephony.calls/1"

/*
 * crm: what the customer database learns. An item is one record or one question.
 *   options  {}
 *   in       JSON(item) {"id"*: unique for ever, repeated on retries, "type"*: "call.outcome", "lead.updated" or what an
 *            agent's tool says, "at"*, "data"*: {...}}; or
 *            JSON(item) {"op"*: "leads", "cursor"*: "" or the last "next", "limit"*: 100}: new and changed leads; or,
 *            only where the plugin's configuration schema has "x-erases": true,
 *            JSON(item) {"op"*: "erase", "keys"*: [call and lead ids]}: records about them go; DONE(item) follows
 *   out      JSON(item) {"reference"*: "..."} once the record is safe on the far side; or
 *            JSON(item) {"leads"*: [{"external_id"*, "phone"*, "name", "metadata": {...}}, ...], "next"*: ""}, or
 *            JSON(item) {"erased"*: 3}; DONE(item)
 *   A record that was written already, whatever became of the answer, is not written again.
 */
#define PB_CRM "patchbay.crm/1"

/*
 * blobs: recordings. One stream per blob.
 *   options  {"key"*: "recordings/2026/11/23/call_01....wav", "content_type"*} stores;
 *            {"key"*, "op"*: "get"} reads; {"key"*, "op"*: "delete"} removes
 *   in       BYTES, ...; END (to store); END
 *   out      JSON {"url"*, "bytes"*, "sha256"*}; END (stored); BYTES, ...; END (read);
 *            JSON {"deleted"*: true, or false where there was none}; END (removed)
 *   Storing the same key again replaces it; a store that can goes on where an interrupted attempt stopped.
 */
#define PB_BLOBS "patchbay.blobs/1"

/*
 * events: a broker that other programs read from.
 *   options  {} to produce. An item is one batch of events:
 *   in       JSON(item) {"events"*: [{"id"*, "topic"*, "key"*, "at"*, "data"*, "position"*, "host"*}, ...]}; DONE(item)
 *   out      JSON(item) {"results"*: [{"reference"*: "..."} or {"error"*: "...", "retryable"*: true}, ...]}, one for each
 *            event, in order, once the broker has them safely; DONE(item). Events of one key arrive in the order of
 *            the batch; those behind a failed one of the same key fail, too.
 *
 *   options  {"consume"*: {"topics"*: ["call.ended", ...], "group"*: "..."}} to consume; no topics: all.
 *            "batch" and "wait_ms" beside them wish for so many records at once, or those of so long a time. The plugin
 *            numbers the items, from 1; an item is one batch. At most one batch is unanswered.
 *   out      JSON(item) {"records"*: [{the envelope, "source"*: "topic/partition/offset"}, ...]}; DONE(item)
 *   in       JSON(item) {"park"*: [{"index"*: 3, "error"*: "..."}]}: kept aside for people to look at (optional);
 *            JSON(item) {"retry"*: [{"index"*: 3, "error"*: "..."}]}: comes again later (optional);
 *            DONE(item): the rest is taken and never comes again
 */
#define PB_EVENTS "patchbay.events/1"

/*
 * warehouse: tables to ask questions of. An item is one request. Sources/WarehouseKit lists the tables' columns and the
 * questions; docs/WAREHOUSE.md explains them.
 *   options  {}
 *   in       JSON(item) {"op"*: "load", "batch_id"*, "tables"*: {"calls": [{row}, ...], ...}}: every row has
 *            an "event_id", and comes to stand there once, however often it is loaded;
 *            JSON(item) {"op"*: "query", "name"*, "from"*, "to"*, "limit"*};
 *            JSON(item) {"op"*: "erase", "calls"*: [call ids]}; JSON(item) {"op"*: "check"}; DONE(item) follows
 *   out      JSON(item) {"loaded"*: 12}, {"columns"*: [...], "rows"*: [[...], ...]}, {"erased"*: 3} or {"tables"*: 6};
 *            DONE(item)
 *   Missing tables and columns are made with the first request; a table of another shape is refused by its name.
 */
#define PB_WAREHOUSE "patchbay.warehouse/1"

#endif
