/*
 * delayed-link NETNS DELAY_US - a link to the network namespace NETNS (/proc/PID/ns/net) that takes DELAY_US each way.
 *
 * Makes a network namespace of its own and a TUN device `link0` in each of the two. Packets wait here for their time, so TCP sees what it
 * sees on a long way: handshakes, slow start and acknowledgements included. No loss, no limit of the rate. Kernels without sch_netem have
 * no way of their own to do this. Prints "ready", and ends with its standard input.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MTU 1500
#define QUEUE_LENGTH 131072
#define BATCH 64

struct packet {
  uint64_t due;
  uint16_t length;
  unsigned char bytes[MTU];
};

/* A ring: packets leave in the order in which they came. */
struct direction {
  struct packet *queue;
  unsigned long head, tail;
  int from, to;
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* A device of the network namespace that we are in. */
static int open_tun(void) {
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "link0"};
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device < 0 || ioctl(device, TUNSETIFF, &request) < 0) fail("/dev/net/tun");
  return device;
}

static void deliver(struct direction *way) {
  uint64_t time = now();
  for (; way->head != way->tail; way->head++) {
    struct packet *next = &way->queue[way->head % QUEUE_LENGTH];
    if (next->due > time) return;
    /* a device that takes no more loses the packet, as links do */
    if (write(way->to, next->bytes, next->length) < 0) continue;
  }
}

static void receive(struct direction *way, uint64_t delay) {
  for (int i = 0; i < BATCH && way->tail - way->head < QUEUE_LENGTH; i++) {
    struct packet *free = &way->queue[way->tail % QUEUE_LENGTH];
    ssize_t length = read(way->from, free->bytes, MTU);
    if (length <= 0) return;
    free->length = length;
    free->due = now() + delay;
    way->tail++;
  }
}

static uint64_t next_due(const struct direction *ways) {
  uint64_t due = UINT64_MAX;
  for (int i = 0; i < 2; i++) {
    const struct direction *way = &ways[i];
    if (way->head == way->tail) continue;
    uint64_t own = way->queue[way->head % QUEUE_LENGTH].due;
    if (own < due) due = own;
  }
  return due;
}

int main(int count, char **words) {
  if (count != 3) return fprintf(stderr, "usage: delayed-link NETNS DELAY_US\n"), 2;
  uint64_t delay = strtoull(words[2], NULL, 10) * 1000;
  if (unshare(CLONE_NEWNET) < 0) fail("unshare");
  int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), near = open_tun();
  int other = open(words[1], O_RDONLY | O_CLOEXEC);
  if (other < 0 || setns(other, CLONE_NEWNET) < 0) fail(words[1]);
  int far = open_tun();
  if (setns(own, CLONE_NEWNET) < 0) fail("setns");

  struct direction ways[2] = {{.from = near, .to = far}, {.from = far, .to = near}};
  for (int i = 0; i < 2; i++) {
    ways[i].queue = calloc(QUEUE_LENGTH, sizeof(struct packet));
    if (ways[i].queue == NULL) fail("calloc");
  }
  /* packets must not come late because this machine is busy */
  setpriority(PRIO_PROCESS, 0, -15);
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    struct pollfd events[3] = {{near, POLLIN, 0}, {far, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    uint64_t due = next_due(ways), time = now(), left = due > time ? due - time : 0;
    struct timespec wait = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    if (ppoll(events, 3, due == UINT64_MAX ? NULL : &wait, NULL) < 0) fail("ppoll");
    if (events[2].revents != 0) return 0;
    for (int i = 0; i < 2; i++) {
      if (events[i].revents & POLLIN) receive(&ways[i], delay);
      deliver(&ways[i]);
    }
  }
}
