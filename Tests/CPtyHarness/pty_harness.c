// See pty_harness.h. The child between is a shell of thirty lines: it leads the session, puts the program into its own foreground process group,
// and tells of stops and the end through a pipe. It runs after fork in a process with threads, so it makes async-signal-safe calls only.
#define _GNU_SOURCE 1
#include "pty_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vterm.h>

struct pty_session {
  int master;
  int slave;   // kept open, so that modes can be read after the end
  int news;    // from the shell: pid first, then wait statuses
  int orders;  // to the shell: one byte continues
  pid_t shell;
  pid_t program;
  struct termios original;
  VTerm *terminal;
  VTermScreen *screen;
  bool alternate, cursor_visible, stopped, ended;
  int status;
  size_t bytes;
  char reply[64];
  size_t reply_count;
};

static int on_property(VTermProp property, VTermValue *value, void *user) {
  pty_session *session = user;
  if (property == VTERM_PROP_ALTSCREEN) session->alternate = value->boolean;
  if (property == VTERM_PROP_CURSORVISIBLE) session->cursor_visible = value->boolean;
  return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_property};

static void run_shell(int slave, int news, int orders, const char *path, char *const arguments[], char *const environment[]) {
  setsid();
  ioctl(slave, TIOCSCTTY, 0);
  for (int descriptor = 0; descriptor < 3; descriptor++) dup2(slave, descriptor);
  struct termios modes;
  tcgetattr(0, &modes);
  int gate[2];
  if (pipe(gate) != 0) _exit(126);
  pid_t program = fork();
  if (program == 0) {
    char byte;
    close(gate[1]);
    // The shell gives the terminal first.
    while (read(gate[0], &byte, 1) < 0 && errno == EINTR) {}
    for (int number = 1; number < 65; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int descriptor = 3; descriptor < 256; descriptor++) close(descriptor);
    execve(path, arguments, environment);
    _exit(127);
  }
  signal(SIGTTOU, SIG_IGN);
  signal(SIGTTIN, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  setpgid(program, program);
  tcsetpgrp(0, program);
  write(news, &program, sizeof program);
  close(gate[0]);
  close(gate[1]);
  for (;;) {
    int status = 0;
    pid_t who = waitpid(program, &status, WUNTRACED);
    if (who < 0 && errno == EINTR) continue;
    if (who < 0) _exit(0);
    if (WIFSTOPPED(status)) {
      // As shells do: the terminal is theirs again, in their modes.
      tcsetpgrp(0, getpid());
      tcsetattr(0, TCSANOW, &modes);
    }
    write(news, &status, sizeof status);
    if (!WIFSTOPPED(status)) _exit(0);
    char byte;
    if (read(orders, &byte, 1) <= 0) _exit(0);
    tcsetpgrp(0, program);
    kill(-program, SIGCONT);
  }
}

pty_session *pty_start(const char *path, char *const arguments[], char *const environment[], int rows, int columns) {
  pty_session *session = calloc(1, sizeof *session);
  int news[2], orders[2];
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  if (session == NULL) return NULL;
  if (openpty(&session->master, &session->slave, NULL, NULL, &size) != 0 || pipe2(news, O_CLOEXEC) != 0 || pipe2(orders, O_CLOEXEC) != 0) {
    free(session);
    return NULL;
  }
  fcntl(session->master, F_SETFD, FD_CLOEXEC);
  fcntl(session->master, F_SETFL, O_NONBLOCK);
  fcntl(session->slave, F_SETFD, FD_CLOEXEC);
  tcgetattr(session->slave, &session->original);
  session->shell = fork();
  if (session->shell == 0) {
    run_shell(session->slave, news[1], orders[0], path, arguments, environment);
    _exit(0);
  }
  close(news[1]);
  close(orders[0]);
  session->news = news[0];
  session->orders = orders[1];
  session->cursor_visible = true;
  while (read(session->news, &session->program, sizeof session->program) < 0 && errno == EINTR) {}
  session->terminal = vterm_new(rows, columns);
  vterm_set_utf8(session->terminal, 1);
  session->screen = vterm_obtain_screen(session->terminal);
  vterm_screen_enable_altscreen(session->screen, 1);
  vterm_screen_set_callbacks(session->screen, &callbacks, session);
  vterm_screen_reset(session->screen, 1);
  return session;
}

void pty_free(pty_session *session) {
  if (!session->ended) kill(-session->program, SIGKILL);
  kill(session->shell, SIGKILL);
  while (waitpid(session->shell, NULL, 0) < 0 && errno == EINTR) {}
  vterm_free(session->terminal);
  close(session->master);
  close(session->slave);
  close(session->news);
  close(session->orders);
  free(session);
}

static bool take_output(pty_session *session) {
  char bytes[65536];
  ssize_t count = read(session->master, bytes, sizeof bytes);
  if (count <= 0) return false;
  session->bytes += (size_t)count;
  vterm_input_write(session->terminal, bytes, (size_t)count);
  char answer[1024];
  size_t length = vterm_output_read(session->terminal, answer, sizeof answer);
  if (length > 0) pty_send(session, answer, length);
  return true;
}

bool pty_pump(pty_session *session, int milliseconds) {
  struct pollfd from[2] = {
      {.fd = session->master, .events = POLLIN},
      {.fd = session->ended ? -1 : session->news, .events = POLLIN},
  };
  if (poll(from, 2, milliseconds) <= 0) return false;
  bool came = false;
  if (from[0].revents & POLLIN) came = take_output(session);
  if (from[1].revents & (POLLIN | POLLHUP)) {
    int status = 0;
    if (read(session->news, &status, sizeof status) == (ssize_t)sizeof status) {
      session->stopped = WIFSTOPPED(status);
      if (!session->stopped) {
        session->status = status;
        session->ended = true;
      }
      // What was written before the news belongs to it.
      while (take_output(session)) {}
    } else {
      session->ended = true;
    }
    came = true;
  }
  return came;
}

void pty_send(pty_session *session, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(session->master, bytes, count);
    if (written > 0) {
      bytes += written;
      count -= (size_t)written;
      continue;
    }
    if (written < 0 && errno != EAGAIN && errno != EINTR) return;
    // Full: the program must read, and may have to write for that.
    if (!pty_pump(session, 1000)) return;
  }
}

void pty_resize(pty_session *session, int rows, int columns) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  vterm_set_size(session->terminal, rows, columns);
  ioctl(session->master, TIOCSWINSZ, &size);
}

void pty_signal(pty_session *session, int number) { kill(session->program, number); }

void pty_continue(pty_session *session) {
  session->stopped = false;
  ssize_t ignored = write(session->orders, "c", 1);
  (void)ignored;
}

static int32_t colour_number(const pty_session *session, VTermColor color, bool is_foreground) {
  if (is_foreground ? VTERM_COLOR_IS_DEFAULT_FG(&color) : VTERM_COLOR_IS_DEFAULT_BG(&color)) return -1;
  (void)session;
  if (VTERM_COLOR_IS_INDEXED(&color)) return color.indexed.idx;
  return 0x1000000 | color.rgb.red << 16 | color.rgb.green << 8 | color.rgb.blue;
}

void pty_cell_at(pty_session *session, int row, int column, pty_cell *cell) {
  VTermScreenCell read;
  memset(cell, 0, sizeof *cell);
  memset(&read, 0, sizeof read);
  vterm_screen_get_cell(session->screen, (VTermPos){.row = row, .col = column}, &read);
  for (int index = 0; index < 6; index++) cell->scalars[index] = read.chars[index];
  cell->width = read.width;
  cell->reverse = read.attrs.reverse;
  cell->bold = read.attrs.bold;
  cell->underline = read.attrs.underline != 0;
  cell->foreground = colour_number(session, read.fg, true);
  cell->background = colour_number(session, read.bg, false);
}

bool pty_is_alternate(const pty_session *session) { return session->alternate; }
bool pty_is_cursor_visible(const pty_session *session) { return session->cursor_visible; }

void pty_cursor(const pty_session *session, int *row, int *column) {
  VTermPos place;
  vterm_state_get_cursorpos(vterm_obtain_state(session->terminal), &place);
  *row = place.row;
  *column = place.col;
}

bool pty_wants_brackets(pty_session *session) {
  char bytes[64];
  vterm_keyboard_start_paste(session->terminal);
  return vterm_output_read(session->terminal, bytes, sizeof bytes) > 0;
}

bool pty_modes_are_original(pty_session *session) {
  struct termios now;
  if (tcgetattr(session->slave, &now) != 0) return false;
  return now.c_iflag == session->original.c_iflag && now.c_oflag == session->original.c_oflag && now.c_cflag == session->original.c_cflag
         && now.c_lflag == session->original.c_lflag && memcmp(now.c_cc, session->original.c_cc, sizeof now.c_cc) == 0;
}

size_t pty_bytes_read(const pty_session *session) { return session->bytes; }
bool pty_is_stopped(const pty_session *session) { return session->stopped; }
bool pty_has_ended(const pty_session *session) { return session->ended; }
int pty_wait_status(const pty_session *session) { return session->status; }
