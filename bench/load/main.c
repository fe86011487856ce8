/* The steps of a run: connect, warm up, measure, hang up; a JSON line for each. */
#define _GNU_SOURCE
#include "load.h"

#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

typedef struct run {
    options options;
    figures figures;
    call *calls;
    int wanted, opened, epoll, timer, news[2];
    call *buckets[BUCKETS];
    volatile uint64_t *allocations;
} run;

/* CPU seconds of a process so far. */
static double cpu_seconds(int pid) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t length = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[length] = 0;
    unsigned long user = 0, system = 0;
    char *after = strrchr(line, ')');
    if (after) sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double resident_kb(int pid) {
    char path[64], line[256];
    double kilobytes = 0;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) sscanf(line, "Rss: %lf kB", &kilobytes);
    if (file) fclose(file);
    return kilobytes;
}

static int by_size(const void *left, const void *right) {
    float difference = *(const float *)left - *(const float *)right;
    return difference < 0 ? -1 : difference > 0;
}

static double percentile(figures *figures, double part) {
    if (figures->added_count == 0) return -1;
    return figures->added_ms[(size_t)(part * (double)(figures->added_count - 1))];
}

/* Opens the calls one after the other on a thread of its own, so that those that talk are not kept waiting. */
static void *open_calls(void *context) {
    run *run = context;
    for (int index = 0; index < run->wanted; index++) {
        call *call = &run->calls[index];
        call->index = index;
        call->is_open = call_open(call, &run->options) == 0;
        if (write(run->news[1], &call, sizeof call) != sizeof call) abort();
        usleep(2000);
    }
    return NULL;
}

static void hang_up(run *run, call *call) {
    if (!call->is_open) return;
    call->is_open = 0;
    epoll_ctl(run->epoll, EPOLL_CTL_DEL, call->descriptor, NULL);
    close(call->descriptor);
}

/* A call that broke is counted; the others go on. */
static void lose(run *run, call *call) {
    if (call->is_open) run->figures.broken++;
    hang_up(run, call);
}

static void begin(run *run, call *call) {
    run->opened++;
    if (!call->is_open) {
        run->figures.refused++;
        return;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = call};
    epoll_ctl(run->epoll, EPOLL_CTL_ADD, call->descriptor, &event);
    call->bucket = call->index % BUCKETS;
    call->next = run->buckets[call->bucket];
    run->buckets[call->bucket] = call;
    /* Silence first, for the greeting, and no two calls at the same point of their turn. */
    call->frame = SPEECH_FRAMES - (call->index * 37) % (TURN_FRAMES - SPEECH_FRAMES);
    if (call->frame < 0) call->frame += TURN_FRAMES;
    if (call->frame < SPEECH_FRAMES) call->frame = SPEECH_FRAMES;
    if (!run->options.echo_path && call_start(call) < 0) lose(run, call);
}

/* One call's 20 ms. */
static void tick(run *run, call *call, int64_t now) {
    if (!call->is_open) return;
    if (call_media(call, run->options.is_silent) < 0) return lose(run, call);
    if (run->figures.is_measuring) run->figures.frames_sent++;
    call->frame++;
    if (call->frame == SPEECH_FRAMES && !run->options.is_silent) {
        call->speech_ended_us = call->last_sent_us;
        call->is_awaiting = 1;
    } else if (call->frame == TURN_FRAMES) {
        call->frame = 0;
        call->turn++;
        if (call->is_awaiting && run->figures.is_measuring) run->figures.unanswered++;
        call->is_awaiting = 0;
    }
    call_return_marks(call, now);
}

/* Serves until `until`. */
static void serve(run *run, int64_t until) {
    static unsigned long long ticks;
    static int64_t started;
    if (!started) started = now_us();
    struct epoll_event events[256];
    while (now_us() < until) {
        int count = epoll_wait(run->epoll, events, 256, 100);
        for (int index = 0; index < count; index++) {
            void *subject = events[index].data.ptr;
            if (subject == &run->timer) {
                unsigned long long elapsed = 0;
                if (read(run->timer, &elapsed, sizeof elapsed) != sizeof elapsed) continue;
                if (run->figures.is_measuring && (double)elapsed > run->figures.lag_ms) run->figures.lag_ms = (double)elapsed;
                int64_t now = now_us();
                for (; elapsed > 0; elapsed--)
                    for (call *call = run->buckets[ticks++ % BUCKETS]; call; call = call->next) tick(run, call, now);
            } else if (subject == run->news) {
                call *call;
                if (read(run->news[0], &call, sizeof call) == sizeof call) begin(run, call);
            } else {
                call *call = subject;
                if (call->is_open && call_read(call, &run->options, &run->figures) < 0) lose(run, call);
            }
        }
    }
}

static void report_step(run *run, int calls, double cpu, double seconds, double idle_kb) {
    double resident = resident_kb(run->options.pid);
    figures *figures = &run->figures;
    qsort(figures->added_ms, figures->added_count, sizeof *figures->added_ms, by_size);
    printf("{\"bench\":\"calls\",\"calls\":%d,\"added_ms_p50\":%.2f,\"added_ms_p99\":%.2f,\"added_ms_max\":%.2f,\"late_frames\":%llu,"
           "\"cpu_ms_per_call_s\":%.3f,\"rss_per_call_kb\":%.1f,\"answers\":%zu,\"unanswered\":%llu,\"frames_in\":%llu,\"frames_out\":%llu,"
           "\"refused\":%llu,\"broken\":%llu,\"cleared\":%llu,\"load_lag_ms\":%.0f}\n",
           calls, percentile(figures, 0.5), percentile(figures, 0.99), percentile(figures, 1), (unsigned long long)figures->late_frames,
           cpu * 1000 / seconds / calls, (resident - idle_kb) / calls, figures->added_count, (unsigned long long)figures->unanswered,
           (unsigned long long)figures->frames_sent, (unsigned long long)figures->frames_received, (unsigned long long)figures->refused,
           (unsigned long long)figures->broken, (unsigned long long)figures->clears, figures->lag_ms);
    fflush(stdout);
}

/* What a frame costs the whole host: everything it did, divided by the frames it heard. */
static void report_part(run *run, double cpu, uint64_t allocations) {
    double frames = (double)run->figures.frames_sent;
    printf("{\"bench\":\"frame\",\"part\":\"%s\",\"us\":%.2f,\"allocations\":%.3f,\"frames_in\":%.0f,\"frames_out\":%llu,\"answers\":%zu}\n", run->options.part,
           cpu * 1e6 / frames, (double)allocations / frames, frames, (unsigned long long)run->figures.frames_received, run->figures.added_count);
    fflush(stdout);
}

/* The counter that the host keeps in a file, or one that stands still. */
static volatile uint64_t *map_counter(const char *path) {
    static volatile uint64_t none;
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *page = file >= 0 ? mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
    return page == MAP_FAILED ? &none : page;
}

static void step(run *run, int calls, double idle_kb, int is_warm_up) {
    pthread_t opener;
    run->wanted = calls;
    run->opened = 0;
    run->calls = calloc((size_t)calls, sizeof *run->calls);
    memset(run->buckets, 0, sizeof run->buckets);
    if (!run->calls || pthread_create(&opener, NULL, open_calls, run) != 0) abort();
    while (run->opened < calls) serve(run, now_us() + 100000);
    pthread_join(opener, NULL);
    if (run->figures.refused == (uint64_t)calls) {
        fprintf(stderr, "load: none of %d calls was taken\n", calls);
        exit(1);
    }
    serve(run, now_us() + 6000000);
    float *kept = run->figures.added_ms;
    size_t capacity = run->figures.added_capacity;
    run->figures = (figures){.added_ms = kept, .added_capacity = capacity, .refused = run->figures.refused, .broken = run->figures.broken, .is_measuring = 1};
    double cpu = cpu_seconds(run->options.pid), seconds = is_warm_up ? 1 : run->options.turns * TURN_FRAMES * 0.02;
    uint64_t allocations = *run->allocations;
    serve(run, now_us() + (int64_t)(seconds * 1e6));
    cpu = cpu_seconds(run->options.pid) - cpu;
    allocations = *run->allocations - allocations;
    if (is_warm_up) {
    } else if (run->options.part) {
        report_part(run, cpu, allocations);
    } else {
        report_step(run, calls, cpu, seconds, idle_kb);
    }
    for (int index = 0; index < calls; index++) {
        hang_up(run, &run->calls[index]);
        free(run->calls[index].input);
    }
    free(run->calls);
    run->figures.is_measuring = 0;
    run->figures.refused = run->figures.broken = 0;
    memset(run->buckets, 0, sizeof run->buckets);
    serve(run, now_us() + 2000000);
}

static int parse(run *run, int count, char **words, const char **steps) {
    static const struct option known[] = {
        {"host", 1, 0, 'h'}, {"port", 1, 0, 'p'}, {"voice", 1, 0, 'v'}, {"public", 1, 0, 'u'}, {"token", 1, 0, 't'}, {"number", 1, 0, 'n'},
        {"echo", 1, 0, 'e'}, {"turns", 1, 0, 'r'}, {"pid", 1, 0, 'i'}, {"steps", 1, 0, 's'}, {"endpointing", 1, 0, 'd'}, {"silent", 0, 0, 'q'},
        {"part", 1, 0, 'a'}, {"count", 1, 0, 'c'}, {"cold", 0, 0, 'w'}, {0, 0, 0, 0},
    };
    options *options = &run->options;
    *options = (struct options){.host = "127.0.0.1", .number = "+15005550009", .turns = 4, .endpointing_ms = 200};
    *steps = "50";
    for (int option; (option = getopt_long(count, words, "", known, NULL)) != -1;) {
        switch (option) {
        case 'h': options->host = optarg; break;
        case 'p': options->port = atoi(optarg); break;
        case 'v': options->voice_path = optarg; break;
        case 'u': options->public_url = optarg; break;
        case 't': options->token = optarg; break;
        case 'n': options->number = optarg; break;
        case 'e': options->echo_path = optarg; break;
        case 'r': options->turns = atoi(optarg); break;
        case 'i': options->pid = atoi(optarg); break;
        case 's': *steps = optarg; break;
        case 'd': options->endpointing_ms = atoi(optarg); break;
        case 'q': options->is_silent = 1; break;
        case 'a': options->part = optarg; break;
        case 'c': options->count_path = optarg; break;
        case 'w': options->is_cold = 1; break;
        default: return -1;
        }
    }
    return options->port && (options->echo_path || (options->voice_path && options->public_url && options->token)) ? 0 : -1;
}

int main(int count, char **words) {
    static run run;
    const char *steps;
    if (parse(&run, count, words, &steps) < 0) {
        fprintf(stderr, "usage: load --port N --pid N --steps 50,200 (--echo PATH | --voice PATH --public URL --token SECRET) [--turns N]\n");
        return 2;
    }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    run.allocations = map_counter(run.options.count_path);
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (run.epoll < 0 || run.timer < 0 || pipe(run.news) < 0) return 1;
    struct itimerspec every = {.it_interval.tv_nsec = 1000000, .it_value.tv_nsec = 1000000};
    timerfd_settime(run.timer, 0, &every, NULL);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &run.timer};
    epoll_ctl(run.epoll, EPOLL_CTL_ADD, run.timer, &event);
    event.data.ptr = run.news;
    epoll_ctl(run.epoll, EPOLL_CTL_ADD, run.news[0], &event);
    /* What is paid once, by the first calls, is not counted to each. */
    if (!run.options.is_cold) step(&run, 5, 0, 1);
    double idle_kb = resident_kb(run.options.pid);
    for (const char *at = steps; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) step(&run, atoi(at), idle_kb, 0);
    return 0;
}
