/*
 * Stand-ins for sysbox-runc, sysbox-mgr and sysbox-fs: one source, built three times as static programs (build.sh).
 * They keep the contracts that k3sbox checks: --version, features, READY before the socket listens, the sockets, journal lines,
 * subordinate ids, the programs that must be there, and mounts whose source is "sysboxfs". Containers are run by the real runc.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MGR_SOCKET "/run/sysbox/sysmgr.sock"
#define FS_SOCKET "/run/sysbox/sysfs.sock"
#define FS_ROOT "/var/lib/sysboxfs"
/* what the real sysbox-fs emulates and every kernel has */
static const char *emulated[] = {"uptime", "swaps", NULL};

static void logline(const char *level, const char *text, const char *more) {
  char stamp[32];
  time_t now = time(NULL);
  strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", localtime(&now));
  fprintf(stderr, "time=\"%s\" level=%s msg=\"%s%s\"\n", stamp, level, text, more);
}

/* What a runtime writes there is what containerd, and with it an event of the pod, says. */
static const char *oci_log;

static void fatal(const char *text, const char *more) {
  FILE *log = oci_log ? fopen(oci_log, "a") : NULL;
  if (log) {
    fprintf(log, "{\"level\":\"error\",\"msg\":\"%s%s\"}\n", text, more);
    fclose(log);
  }
  logline("fatal", text, more);
  exit(1);
}

static int print_version(void) {
  printf("%s\n\tedition: \tCommunity Edition (CE)\n\tversion: \t%s\n\tcommit: \t%s\n\tbuilt at: \tlab\n\tbuilt by: \tlab\n", PROGRAM, VERSION, COMMIT);
  return 0;
}

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

static void write_file(const char *path, const char *text, int flags, mode_t mode) {
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) fatal("could not write ", path);
  close(fd);
}

#ifdef RUNC

static char *read_file(const char *path) {
  FILE *file = fopen(path, "r");
  char *text = NULL;
  size_t size = 0;
  if (!file) fatal("could not read ", path);
  if (getdelim(&text, &size, 0, file) < 0) fatal("empty file ", path);
  fclose(file);
  return text;
}

/* Adds the mounts of sysbox-fs to a bundle's config.json. A quote inside of a JSON string is escaped, so the key is found only as a key. */
static void add_mounts(const char *bundle) {
  char path[4096], text[4096] = "";
  snprintf(path, sizeof path, "%s/config.json", bundle);
  char *config = read_file(path), *key = strstr(config, "\"mounts\":[");
  if (!key) fatal("no mounts in ", path);
  key += strlen("\"mounts\":[");
  if (!WITHOUT_MOUNTS)
    for (const char **name = emulated; *name; name++)
      sprintf(text + strlen(text), "%s{\"destination\":\"/proc/%s\",\"type\":\"bind\",\"source\":\"" FS_ROOT "/%s\",\"options\":[\"bind\",\"rw\",\"nosuid\"]}",
              *text ? "," : "", *name, *name);
  /* after the others: /proc itself is one of them */
  char *end = key;
  for (int depth = 1, quoted = 0; depth; end++) {
    if (*end == '\\') { end++; continue; }
    if (*end == '"') quoted = !quoted;
    if (!quoted) depth += (*end == '[') - (*end == ']');
  }
  end--;
  FILE *out = fopen(path, "w");
  fprintf(out, "%.*s%s%s%s", (int)(end - config), config, *text && *end == ']' && end > key ? "," : "", text, end);
  fclose(out);
}

int main(int argc, char **argv) {
  const char *command = "", *bundle = ".", *id = argv[argc - 1];
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--version")) return print_version();
    if (!strcmp(argv[i], "create") || !strcmp(argv[i], "run") || !strcmp(argv[i], "features")) command = argv[i];
    if (!strcmp(argv[i], "--bundle") || !strcmp(argv[i], "-b")) bundle = argv[i + 1];
    if (!strncmp(argv[i], "--bundle=", 9)) bundle = argv[i] + 9;
    if (!strcmp(argv[i], "--log")) oci_log = argv[i + 1];
  }
  if (!strcmp(command, "features")) {
    if (WITHOUT_FEATURES) { fprintf(stderr, "No help topic for 'features'\n"); return 3; }
    puts("{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"1.2.0\",\"linux\":{\"namespaces\":[\"cgroup\",\"ipc\",\"mount\",\"network\",\"pid\",\"user\",\"uts\"],"
         "\"cgroup\":{\"v1\":true,\"v2\":true,\"systemd\":true},\"mountExtensions\":{\"idmap\":{\"enabled\":true}}}}");
    return 0;
  }
  if (*command) {
    int mgr = connect_to(MGR_SOCKET), fs = connect_to(FS_SOCKET);
    if (mgr < 0) fatal("failed to connect to sysbox-mgr: dial unix " MGR_SOCKET ": ", strerror(errno));
    if (fs < 0) fatal("failed to connect to sysbox-fs: dial unix " FS_SOCKET ": ", strerror(errno));
    dprintf(mgr, "%.12s\n", id);
    add_mounts(bundle);
  }
  /* the lab's runc first: it knows what this machine's cgroups lack */
  argv[0] = "runc";
  execv("/usr/local/sbin/runc", argv);
  execv("/usr/bin/runc", argv);
  fatal("could not run runc: ", strerror(errno));
}

#else /* a daemon */

static void end(int signal) {
  (void)signal;
  unlink(SOCKET);
#ifndef MGR
  umount2(FS_ROOT, MNT_DETACH);
#endif
  _exit(0);
}

static void notify_ready(void) {
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!path) return;
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (*path == '@') address.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sendto(fd, "READY=1", 7, 0, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + strlen(path));
  close(fd);
}

/* READY is told before anybody can connect, as the real ones do. */
static void serve(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
  notify_ready();
  logline("info", "Ready ...", "");
  if (WITHOUT_SOCKET) for (;;) pause();
  usleep(300 * 1000);
  unlink(SOCKET);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 64)) fatal("could not listen on " SOCKET ": ", strerror(errno));
  for (;;) {
    char id[64] = "";
    int client = accept(fd, NULL, NULL);
    if (client >= 0 && read(client, id, sizeof id - 1) > 0) {
      id[strcspn(id, "\n")] = 0;
      logline("info", "registered new container ", id);
    }
    close(client);
  }
}

#ifdef MGR

static void need(const char *program) {
  const char *places[] = {"/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin", NULL};
  char path[256], text[256];
  for (const char **place = places; *place; place++) {
    snprintf(path, sizeof path, "%s/%s", *place, program);
    if (access(path, X_OK) == 0) return;
  }
  snprintf(text, sizeof text, "%s is not installed on host.", program);
  fatal("preFlightCheck failed: ", text);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw) {
  (void)status, (void)type, (void)ftw;
  return remove(path), 0;
}

static int has_line(const char *path, const char *start) {
  char line[256];
  int found = 0;
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file)) found |= !strncmp(line, start, strlen(start));
  if (file) fclose(file);
  return found;
}

/* Gives the user sysbox 65536 subordinate ids behind everybody else's. */
static void ensure_ids(const char *path) {
  char line[256], text[64];
  unsigned long next = 100000, start, count;
  if (has_line(path, "sysbox:")) return;
  FILE *file = fopen(path, "a+");
  rewind(file);
  while (fgets(line, sizeof line, file)) {
    if (sscanf(strchr(line, ':') ? strchr(line, ':') : "", ":%lu:%lu", &start, &count) == 2 && start + count > next) next = start + count;
  }
  fclose(file);
  snprintf(text, sizeof text, "sysbox:%lu:65536\n", next);
  write_file(path, text, O_APPEND, 0644);
}

static void prepare(void) {
  need("rsync"), need("modprobe"), need("iptables");
  if (!has_line("/etc/passwd", "sysbox:")) fatal("user sysbox not found", "");
  nftw("/var/lib/sysbox", remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  mkdir("/var/lib/sysbox", 0710);
  ensure_ids("/etc/subuid"), ensure_ids("/etc/subgid");
  logline("info", "Shiftfs module found in kernel: no", "");
  logline("info", "ID-mapped mounts supported by kernel: yes", "");
  logline("info", "Overlayfs on ID-mapped mounts supported by kernel: yes", "");
}

#else /* sysbox-fs */

static void prepare(void) {
  char path[256];
  umount2(FS_ROOT, MNT_DETACH);
  mkdir(FS_ROOT, 0755);
  if (mount("sysboxfs", FS_ROOT, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")) fatal("could not mount " FS_ROOT ": ", strerror(errno));
  for (const char **name = emulated; *name; name++) {
    snprintf(path, sizeof path, FS_ROOT "/%s", *name);
    write_file(path, "1.00 1.00\n", 0, 0644);
  }
}

#endif

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "--version")) return print_version();
  if (getuid()) fatal("must run as root", "");
  signal(SIGTERM, end), signal(SIGINT, end);
  signal(SIGPIPE, SIG_IGN);
  logline("info", "Initiating " PROGRAM " ...", "");
  mkdir("/run/sysbox", 0700);
  prepare();
  serve();
}

#endif
