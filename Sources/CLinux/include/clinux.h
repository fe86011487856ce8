/* What Swift's Glibc module leaves out of Linux. Calls that need _GNU_SOURCE are wrapped in clinux.c: with that macro in
 * a header this module's view of libc would contradict Glibc's. */
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

/* For a posix_spawn_file_actions_t: what is spawned gets no descriptor from `first` on. Not every library keeps its own
 * to this process. */
int clinux_close_from(void *actions, int first);
/* accept4 with SOCK_NONBLOCK | SOCK_CLOEXEC. */
int clinux_accept(int listener);

/* A listening Unix socket, nonblocking, with mode 0600 from its first instant; -1 with errno. */
int clinux_listen_unix(const char *path, int backlog);

/* A connected Unix socket, blocking; -1 with errno. */
int clinux_connect_unix(const char *path);

/* Who is at the other end of a Unix socket: 0, or -1 with errno. */
int clinux_peer(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid);

/* The peer's supplementary groups; their number, or -1. */
int clinux_peer_groups(int socket, uint32_t *groups, int capacity);

/* 1 where `group` exists, with its number stored. */
int clinux_group_id(const char *name, uint32_t *gid);

/* dlopen with RTLD_NOW | RTLD_LOCAL; `nodelete` keeps the code mapped for ever, `noload` only asks whether it is there. */
void *clinux_dlopen(const char *path, int nodelete, int noload);

/* Sets the calling thread's name (15 characters). */
void clinux_name_thread(const char *name);

/* Raises the loopback interface; 0, or -1 with errno. */
int clinux_raise_loopback(void);

/* Lets the process open as many descriptors as its hard limit allows, at most 2^20; the new limit. */
uint64_t clinux_raise_descriptor_limit(void);

/* fork and exec of `path`; the child keeps only descriptors 0, 1 and 2, which become those given. The pid, or -1. */
int clinux_spawn(const char *path, char *const arguments[], char *const environment[], int input, int output, int error);

/* Columns of the terminal behind a descriptor; 0 if it is none. */
int clinux_terminal_width(int descriptor);

/* Fills `buffer` with the environment's pointer for clinux_spawn. */
char **clinux_environment(void);

#endif
