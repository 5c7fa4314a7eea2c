/*
 * tripwire MOUNT... - stops a process on a node at an exact point, without a trace of it in what is tested: the kernel asks us
 * before it opens a file (fanotify(7), FAN_OPEN_PERM, FAN_OPEN_EXEC_PERM) and the process waits for our answer.
 *
 * Reads one line: `record`, or `stop COUNT FOLDER NAME`: FOLDER is part of the path, NAME the end of it, without ".begun".
 * COUNT 0 stops where NAME itself is opened. COUNT n > 0 stops at the n-th program that is started between the opening of
 * NAME.begun and that of NAME.rc, or at NAME.rc if there are fewer. Then prints `at WHAT PATH`, waits for a line, and ends,
 * which lets go of everything. While it holds one process, all others are let through.
 * `record` holds nothing and prints `begun PATH`, `rc PATH COUNT` with the number of programs started in between.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

static char folder[PATH_MAX], name[256];
static int count, recording, armed, programs, held = -1, group;

static void die(const char *what) {
  fprintf(stderr, "tripwire: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int ends_with(const char *text, const char *end) {
  size_t a = strlen(text), b = strlen(end);
  return a >= b && strcmp(text + a - b, end) == 0;
}

/* The kernel asks a second time about the dynamic linker. */
static int is_linker(const char *path) {
  const char *name = strrchr(path, '/');
  return name != NULL && strncmp(name, "/ld-", 4) == 0;
}

static int is_at(const char *path, const char *suffix) {
  char end[300];
  snprintf(end, sizeof end, "/%s%s", name, suffix);
  return strstr(path, folder) != NULL && ends_with(path, end);
}

/* Whether to hold the process that opens this. */
static int seen(const char *path, int starts) {
  if (held >= 0) return 0;
  if (recording) {
    if (starts) programs++;
    else if (ends_with(path, ".begun")) programs = 0, printf("begun %s\n", path);
    else if (ends_with(path, ".rc") && strstr(path, "/runs/") != NULL) printf("rc %s %d\n", path, programs);
    return 0;
  }
  if (count == 0) return !starts && is_at(path, "");
  if (starts) return armed && ++programs >= count;
  if (is_at(path, ".begun")) armed = 1, programs = 0;
  return armed && is_at(path, ".rc");
}

static void serve(void) {
  struct fanotify_event_metadata events[64], *event = events;
  ssize_t size = read(group, events, sizeof events);
  if (size < 0) die("read");
  for (; FAN_EVENT_OK(event, size); event = FAN_EVENT_NEXT(event, size)) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", event->fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    int starts = (event->mask & FAN_OPEN_EXEC_PERM) != 0;
    if (!(starts && is_linker(path)) && seen(path, starts)) {
      held = event->fd;
      printf("at %s %s\n", starts ? "program" : "open", path);
      continue;
    }
    struct fanotify_response response = {.fd = event->fd, .response = FAN_ALLOW};
    if (write(group, &response, sizeof response) < 0) die("write");
    close(event->fd);
  }
}

int main(int argc, char **argv) {
  char line[PATH_MAX + 300];
  setvbuf(stdout, NULL, _IOLBF, 0);
  group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_UNLIMITED_QUEUE, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
  if (group < 0) die("fanotify_init");
  if (fgets(line, sizeof line, stdin) == NULL) return 1;
  recording = strncmp(line, "record", 6) == 0;
  if (!recording && sscanf(line, "stop %d %4095s %255s", &count, folder, name) != 3) {
    errno = EINVAL;
    die(line);
  }
  for (int i = 1; i < argc; i++)
    if (fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM, AT_FDCWD, argv[i]) < 0) die(argv[i]);
  puts("ready");
  struct pollfd ready[] = {{.fd = group, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
  for (;;) {
    if (poll(ready, 2, -1) < 0) die("poll");
    if (ready[1].revents != 0) return 0;
    if (ready[0].revents != 0) serve();
  }
}
