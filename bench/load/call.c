/* One caller's side of a media stream. */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

int64_t now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static unsigned char mu_law(int sample) {
    int sign = sample < 0 ? 0x80 : 0, magnitude = (sample < 0 ? -sample : sample) + 132, exponent = 7;
    if (magnitude > 32767) magnitude = 32767;
    while (exponent > 0 && !(magnitude & 1 << (exponent + 7))) exponent--;
    return (unsigned char)~(sign | exponent << 4 | ((magnitude >> (exponent + 3)) & 15));
}

/* Two seconds of a voice-like sound, loud and soft four times a second and loud at both ends, then a frame of silence; each
 * in base64: 160 bytes are 216 characters. */
static const char *payload(int frame) {
    static char texts[SPEECH_FRAMES + 1][220];
    static int is_ready;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int text = 0; !is_ready && text <= SPEECH_FRAMES; text++) {
        unsigned char bytes[162] = {0};
        for (int index = 0; index < FRAME_BYTES; index++) {
            double time = (text * FRAME_BYTES + index) / 8000.0;
            double voice = sin(2 * M_PI * 140 * time) + 0.6 * sin(2 * M_PI * 560 * time) + 0.3 * sin(2 * M_PI * 1710 * time);
            double level = 0.05 + 0.95 * (0.5 + 0.5 * cos(2 * M_PI * 4 * time));
            bytes[index] = text == SPEECH_FRAMES ? 0xFF : mu_law((int)(8000 * level * voice));
        }
        char *at = texts[text];
        for (int index = 0; index < FRAME_BYTES; index += 3) {
            unsigned group = (unsigned)bytes[index] << 16 | (unsigned)bytes[index + 1] << 8 | bytes[index + 2];
            for (int shift = 18; shift >= 0; shift -= 6) *at++ = digits[group >> shift & 63];
        }
        at[-1] = at[-2] = '='; /* 160 leaves one byte in the last group */
    }
    is_ready = 1;
    return texts[frame < SPEECH_FRAMES ? frame : SPEECH_FRAMES];
}

int call_send(call *call, const char *text, size_t length) {
    unsigned char frame[1200];
    size_t header = 6;
    if (length > sizeof frame - 8) return -1;
    frame[0] = 0x81;
    if (length < 126) {
        frame[1] = (unsigned char)(0x80 | length);
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = (unsigned char)(length >> 8);
        frame[3] = (unsigned char)length;
        header = 8;
    }
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    memcpy(frame + header - 4, mask, 4);
    for (size_t index = 0; index < length; index++) frame[header + index] = (unsigned char)text[index] ^ mask[index & 3];
    return send(call->descriptor, frame, header + length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)(header + length) ? 0 : -1;
}

int call_start(call *call) {
    static const char connected[] = "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}";
    if (call_send(call, connected, sizeof connected - 1) < 0) return -1;
    char text[600];
    int length = snprintf(text, sizeof text,
        "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"start\":{\"streamSid\":\"%s\",\"accountSid\":\"AC00000000000000000000000000000001\","
        "\"callSid\":\"%s\",\"tracks\":[\"inbound\"],\"customParameters\":{},"
        "\"mediaFormat\":{\"encoding\":\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":1}},\"streamSid\":\"%s\"}",
        call->stream, call->sid, call->stream);
    call->sequence = 1;
    return call_send(call, text, (size_t)length);
}

int call_media(call *call, int is_silent) {
    char text[600];
    call->sequence++;
    call->chunk++;
    int length = snprintf(text, sizeof text,
        "{\"event\":\"media\",\"sequenceNumber\":\"%u\",\"media\":{\"track\":\"inbound\",\"chunk\":\"%u\",\"timestamp\":\"%u\",\"payload\":\"%s\"},"
        "\"streamSid\":\"%s\"}",
        call->sequence, call->chunk, (call->chunk - 1) * 20, payload(is_silent ? SPEECH_FRAMES : call->frame), call->stream);
    call->last_sent_us = now_us();
    return call_send(call, text, (size_t)length);
}

static void return_mark(call *call, const char *name) {
    char text[300];
    call->sequence++;
    int length = snprintf(text, sizeof text, "{\"event\":\"mark\",\"sequenceNumber\":\"%u\",\"streamSid\":\"%s\",\"mark\":{\"name\":\"%s\"}}",
                          call->sequence, call->stream, name);
    call_send(call, text, (size_t)length);
}

void call_return_marks(call *call, int64_t now) {
    int returned = 0;
    while (returned < call->mark_count && call->marks[returned].due_us <= now) return_mark(call, call->marks[returned++].name);
    if (returned == 0) return;
    call->mark_count -= returned;
    memmove(call->marks, call->marks + returned, (size_t)call->mark_count * sizeof *call->marks);
}

static void note_added(figures *figures, double added_ms) {
    if (!figures->is_measuring) return;
    if (figures->added_count == figures->added_capacity) {
        figures->added_capacity = figures->added_capacity ? figures->added_capacity * 2 : 4096;
        figures->added_ms = realloc(figures->added_ms, figures->added_capacity * sizeof *figures->added_ms);
        if (!figures->added_ms) abort();
    }
    figures->added_ms[figures->added_count++] = (float)added_ms;
}

/* A frame is late when what was there before has been played out; the first of an answer cannot be. */
static void receive_media(call *call, const options *options, figures *figures, const char *text) {
    int64_t now = now_us();
    const char *start = strstr(text, "\"payload\":\"");
    if (!start) return;
    const char *end = strchr(start + 11, '"');
    if (!end) return;
    size_t characters = (size_t)(end - start) - 11;
    size_t bytes = characters / 4 * 3 - (size_t)(end[-1] == '=') - (size_t)(end[-2] == '=');
    int is_first = 0;
    if (options->echo_path) {
        note_added(figures, (double)(now - call->last_sent_us) / 1000);
    } else if (call->is_awaiting) {
        call->is_awaiting = 0;
        is_first = 1;
        note_added(figures, (double)(now - call->speech_ended_us) / 1000 - options->endpointing_ms);
    }
    /* A pause of more than a second is a new utterance (the greeting, a sentence that took its time), not a late frame. */
    if (!is_first && now - call->play_end_us > 1000000) is_first = 1;
    if (figures->is_measuring) {
        figures->frames_received += bytes / FRAME_BYTES;
        if (!is_first && now > call->play_end_us) figures->late_frames++;
    }
    if (call->play_end_us < now) call->play_end_us = now;
    call->play_end_us += (int64_t)bytes * 125;
}

void call_receive(call *call, const options *options, figures *figures, const char *text, size_t length) {
    (void)length;
    if (strstr(text, "\"media\"")) {
        receive_media(call, options, figures, text);
    } else if (strstr(text, "\"mark\"")) {
        const char *start = strstr(text, "\"name\":\"");
        const char *end = start ? strchr(start + 8, '"') : NULL;
        if (!end || call->mark_count == MARKS || (size_t)(end - start) - 8 >= sizeof call->marks[0].name) return;
        mark *mark = &call->marks[call->mark_count++];
        mark->due_us = call->play_end_us;
        memcpy(mark->name, start + 8, (size_t)(end - start) - 8);
        mark->name[end - start - 8] = 0;
    } else if (strstr(text, "\"clear\"")) {
        figures->clears++;
        call->play_end_us = now_us();
        for (int index = 0; index < call->mark_count; index++) call->marks[index].due_us = 0;
        call_return_marks(call, now_us());
    }
}

int call_read(call *call, const options *options, figures *figures) {
    enum { CAPACITY = 1 << 15 };
    if (!call->input && !(call->input = malloc(CAPACITY + 1))) return -1;
    ssize_t count = recv(call->descriptor, call->input + call->input_length, CAPACITY - call->input_length, MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN)) return -1;
    if (count < 0) return 0;
    call->input_length += (size_t)count;
    size_t at = 0;
    while (call->input_length - at >= 2) {
        unsigned char *frame = call->input + at;
        size_t header = 2, length = frame[1] & 127;
        if (length == 127) return -1;
        if (length == 126) {
            if (call->input_length - at < 4) break;
            length = (size_t)frame[2] << 8 | frame[3];
            header = 4;
        }
        if (header + length > CAPACITY) return -1;
        if (call->input_length - at < header + length) break;
        int opcode = frame[0] & 15;
        unsigned char *end = frame + header + length, kept = *end;
        *end = 0;
        if (opcode == 1) call_receive(call, options, figures, (char *)frame + header, length);
        *end = kept;
        if (opcode == 8) return -1;
        if (opcode == 9) {
            unsigned char pong[6] = {0x8A, 0x80, 0, 0, 0, 0};
            if (send(call->descriptor, pong, sizeof pong, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return -1;
        }
        at += header + length;
    }
    call->input_length -= at;
    memmove(call->input, call->input + at, call->input_length);
    return 0;
}
