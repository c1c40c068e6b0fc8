// Leaving the terminal as it was, whatever ends the program: return, exit, a signal, a Swift trap, abort, a stack overflow.
//
// Handlers use async-signal-safe calls only (write, poll, pread, dup2, tcsetattr, sigaction, raise). Fatal signals put the previous handler back and
// return, so that the fault happens again with a clean terminal and Swift's backtrace, if wanted, goes where it can be read.
// Standard error goes to memory while the screen is up (it would be drawn over) and is written out after it.
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "lab_curses.h"
#include "lab_curses_private.h"

static struct termios original_modes;
static bool have_modes;
static char restore_bytes[512];
static size_t restore_count;
static atomic_bool is_up;
static atomic_bool is_dying;
static int captured = -1;    // memory behind standard error
static int real_error = -1;  // what standard error was
static int signal_pipe[2] = {-1, -1};

static const int fatal_signals[] = {SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE};
static const int ending_signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
static const int told_signals[] = {SIGWINCH, SIGTSTP, SIGCONT};
enum { SIGNALS = 65 };
static struct sigaction previous[SIGNALS];
static bool installed[SIGNALS];

// ncurses sets handlers of its own in newterm; what was before them is what comes back.
void lab_remember_terminal(void) {
  have_modes = tcgetattr(STDIN_FILENO, &original_modes) == 0;
  for (int number = 1; number < SIGNALS; number++) sigaction(number, NULL, &previous[number]);
}

void lab_set_restore_bytes(const char *bytes, size_t count) {
  // A signal between the two assignments writes a part of the new bytes, never more than there are.
  restore_count = 0;
  atomic_signal_fence(memory_order_seq_cst);
  memcpy(restore_bytes, bytes, count < sizeof restore_bytes ? count : sizeof restore_bytes);
  atomic_signal_fence(memory_order_seq_cst);
  restore_count = count < sizeof restore_bytes ? count : sizeof restore_bytes;
}

bool lab_is_dying(void) { return atomic_load(&is_dying); }

// Writes all bytes unless the terminal takes none for a quarter of a second.
static void write_all(int descriptor, const char *bytes, size_t count) {
  while (count > 0) {
    struct pollfd out = {.fd = descriptor, .events = POLLOUT};
    int ready = poll(&out, 1, 250);
    if (ready < 0 && errno == EINTR) continue;
    if (ready != 1 || !(out.revents & POLLOUT)) return;
    ssize_t written = write(descriptor, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    count -= (size_t)written;
  }
}

// MARK: standard error

static void capture_error(void) {
  if (!isatty(STDERR_FILENO)) return;
#ifdef __linux__
  captured = memfd_create("stderr", MFD_CLOEXEC);
#else
  char name[] = "/tmp/llmlab-stderr-XXXXXX";
  captured = mkstemp(name);
  if (captured >= 0) unlink(name);
#endif
  if (captured < 0) return;
  fflush(stderr);
  real_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
  if (real_error >= 0) dup2(captured, STDERR_FILENO);
}

static void release_error(void) {
  if (captured < 0 || real_error < 0) return;
  dup2(real_error, STDERR_FILENO);
  char bytes[4096];
  off_t place = 0;
  for (;;) {
    ssize_t count = pread(captured, bytes, sizeof bytes, place);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    write_all(STDERR_FILENO, bytes, (size_t)count);
    place += count;
  }
  close(captured);
  close(real_error);
  captured = -1;
  real_error = -1;
}

void lab_screen_is_up(bool up) {
  if (up == atomic_load(&is_up)) return;
  if (up) {
    capture_error();
    atomic_store(&is_up, true);
  } else {
    atomic_store(&is_up, false);
    release_error();
  }
}

// MARK: handlers

static void restore_now(void) {
  atomic_store(&is_dying, true);
  if (!atomic_exchange(&is_up, false)) return;
  write_all(STDOUT_FILENO, restore_bytes, restore_count);
  if (have_modes) tcsetattr(STDIN_FILENO, TCSANOW, &original_modes);
  release_error();
}

static void on_fatal(int number, siginfo_t *info, void *context) {
  (void)context;
  int error = errno;
  restore_now();
  sigaction(number, &previous[number], NULL);
  // A signal that was sent does not come again by itself.
  if (info->si_code <= 0) raise(number);
  errno = error;
}

static void on_ending(int number) {
  restore_now();
  signal(number, SIG_DFL);
  raise(number);
}

static void on_told(int number) {
  int error = errno;
  char letter = number == SIGWINCH ? 'W' : number == SIGTSTP ? 'T' : 'C';
  // A full pipe says the same already.
  ssize_t ignored = write(signal_pipe[1], &letter, 1);
  (void)ignored;
  errno = error;
}

static void at_exit(void) {
  if (atomic_load(&is_up)) restore_now();
}

static void install(int number, void (*handler)(int), void (*information)(int, siginfo_t *, void *), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_flags = flags;
  if (information != NULL) {
    action.sa_flags |= SA_SIGINFO;
    action.sa_sigaction = information;
  } else {
    action.sa_handler = handler;
  }
  installed[number] = sigaction(number, &action, NULL) == 0;
}

static void open_signal_pipe(void) {
  if (signal_pipe[0] >= 0 || pipe(signal_pipe) != 0) return;
  for (int end = 0; end < 2; end++) {
    fcntl(signal_pipe[end], F_SETFL, O_NONBLOCK);
    fcntl(signal_pipe[end], F_SETFD, FD_CLOEXEC);
  }
}

void lab_install_handlers(void) {
  static bool registered = false;
  atomic_store(&is_dying, false);
  if (!registered) atexit(at_exit);
  registered = true;
  open_signal_pipe();
  lab_protect_thread();
  for (size_t index = 0; index < sizeof fatal_signals / sizeof *fatal_signals; index++) {
    install(fatal_signals[index], NULL, on_fatal, SA_ONSTACK);
  }
  for (size_t index = 0; index < sizeof ending_signals / sizeof *ending_signals; index++) {
    // nohup stays in force.
    int number = ending_signals[index];
    if (previous[number].sa_handler != SIG_IGN) install(number, on_ending, NULL, SA_ONSTACK);
  }
  for (size_t index = 0; index < sizeof told_signals / sizeof *told_signals; index++) {
    install(told_signals[index], on_told, NULL, SA_RESTART | SA_ONSTACK);
  }
}

void lab_remove_handlers(void) {
  for (int number = 1; number < SIGNALS; number++) {
    if (!installed[number]) continue;
    installed[number] = false;
    sigaction(number, &previous[number], NULL);
  }
}

int lab_signal_descriptor(void) { return signal_pipe[0]; }

void lab_protect_thread(void) {
  stack_t current;
  if (sigaltstack(NULL, &current) == 0 && !(current.ss_flags & SS_DISABLE)) return;
  static const size_t size = 64 * 1024;
  stack_t stack;
  memset(&stack, 0, sizeof stack);
  stack.ss_sp = malloc(size);
  stack.ss_size = size;
  if (stack.ss_sp != NULL && sigaltstack(&stack, NULL) != 0) free(stack.ss_sp);
}

// MARK: stopping

void lab_stop(void) {
  struct sigaction mine;
  lab_leave();
  // Continue signals of before do not count.
  char letter;
  while (read(signal_pipe[0], &letter, 1) == 1) {}
  struct sigaction plain;
  memset(&plain, 0, sizeof plain);
  sigemptyset(&plain.sa_mask);
  plain.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &plain, &mine);
  kill(0, SIGTSTP);
  // Another thread may take the signal a moment later: wait for the way back. In an orphaned process group there is no stop, so not for long.
  struct pollfd in = {.fd = signal_pipe[0], .events = POLLIN};
  while (poll(&in, 1, 200) < 0 && errno == EINTR) {}
  while (read(signal_pipe[0], &letter, 1) == 1) {}
  sigaction(SIGTSTP, &mine, NULL);
  lab_enter();
}
