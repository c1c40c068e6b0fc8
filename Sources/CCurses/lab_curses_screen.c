// The screen: opening, rows of cells, colour pairs, size. Not here: input (lab_curses_input.c), exits (lab_curses_exit.c).
#define _GNU_SOURCE 1
#define NCURSES_WIDECHAR 1
#include <curses.h>

#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "lab_curses.h"
#include "lab_curses_private.h"

// From term.h, which cannot be included: it defines macros such as `lines` and `columns`.
extern int setupterm(const char *, int, int *);
extern char *tigetstr(const char *);
extern int tigetflag(const char *);
extern int tigetnum(const char *);
extern char *tparm(const char *, ...);
struct term;
extern struct term *cur_term;
extern int del_curterm(struct term *);

static SCREEN *screen;
static bool colors_on;
static bool can_overstrike;

lab_terminal_kind lab_describe_terminal(const char *name, int *colors) {
  int error = 0;
  *colors = 0;
  if (setupterm(name, STDOUT_FILENO, &error) != OK || error != 1) return LAB_TERMINAL_UNKNOWN;
  const char *move = tigetstr("cup");
  *colors = tigetnum("colors");
  bool moves = move != NULL && move != (char *)-1 && tigetflag("gn") != 1;
  del_curterm(cur_term);
  return moves ? LAB_TERMINAL_OK : LAB_TERMINAL_CANNOT_MOVE;
}

// MARK: colour pairs
//
// ncurses' alloc_pair fails for good after 65,537 pairs under a direct-colour entry, so pairs are numbered here: an open-addressing table from
// (foreground, background) to a number, forgotten as a whole when it is full.

enum { PAIR_SLOTS = 1 << 16, PAIR_LIMIT = 24000 };
static struct {
  int32_t foreground, background;
  int pair;
} pairs[PAIR_SLOTS];
static int pair_count;
static int pair_limit;

void lab_forget_pairs(void) {
  memset(pairs, 0, sizeof pairs);
  pair_count = 0;
  lab_redraw_all();
}

// The pair's number, 0 for the terminal's own colours, -1 where no number is left.
static int pair_for(int32_t foreground, int32_t background) {
  if (!colors_on || (foreground < 0 && background < 0)) return 0;
  uint32_t slot = ((uint32_t)foreground * 2654435761u ^ (uint32_t)background * 2246822519u) >> 16;
  while (pairs[slot].pair != 0) {
    if (pairs[slot].foreground == foreground && pairs[slot].background == background) return pairs[slot].pair;
    slot = (slot + 1) % PAIR_SLOTS;
  }
  if (pair_count >= pair_limit || init_extended_pair(pair_count + 1, foreground, background) != OK) return -1;
  pair_count += 1;
  pairs[slot].foreground = foreground;
  pairs[slot].background = background;
  pairs[slot].pair = pair_count;
  return pair_count;
}

// MARK: opening

static size_t append(char *buffer, size_t used, size_t size, const char *bytes) {
  if (bytes == NULL || bytes == (char *)-1) return used;
  while (*bytes != 0 && used < size) {
    // Padding ($<5>) is for terminals of long ago; a dying program does not wait for them.
    if (bytes[0] == '$' && bytes[1] == '<') {
      const char *end = strchr(bytes, '>');
      if (end != NULL) {
        bytes = end + 1;
        continue;
      }
    }
    buffer[used++] = *bytes++;
  }
  return used;
}

static void prepare_restore_bytes(void) {
  char bytes[512];
  size_t used = 0;
  used = append(bytes, used, sizeof bytes, "\033[?2004l");
  used = append(bytes, used, sizeof bytes, tigetstr("sgr0"));
  if (colors_on) used = append(bytes, used, sizeof bytes, tigetstr("op"));
  const char *leave = tigetstr("rmcup");
  if (leave == NULL || leave == (char *)-1) {
    // Without an alternate screen the prompt goes below what was drawn.
    used = append(bytes, used, sizeof bytes, tparm(tigetstr("cup"), LINES - 1, 0));
    used = append(bytes, used, sizeof bytes, "\r\n");
  }
  used = append(bytes, used, sizeof bytes, leave);
  used = append(bytes, used, sizeof bytes, tigetstr("rmkx"));
  used = append(bytes, used, sizeof bytes, tigetstr("cnorm"));
  lab_set_restore_bytes(bytes, used);
}

static void write_out(const char *bytes) {
  fputs(bytes, stdout);
  fflush(stdout);
}

bool lab_open(const char *terminal, bool use_colors) {
  // LC_CTYPE only: numbers keep their point. wcwidth and setcchar need a UTF-8 locale, whatever the user's is.
  setlocale(LC_CTYPE, "");
  if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 && setlocale(LC_CTYPE, "C.UTF-8") == NULL) setlocale(LC_CTYPE, "en_US.UTF-8");
  lab_remember_terminal();
  set_escdelay(25);
  // Only the terminal's description and the window count; LINES and COLUMNS of the environment would fix the size.
  use_env(FALSE);
  use_tioctl(TRUE);
  screen = newterm(terminal, stdout, stdin);
  if (screen == NULL) return false;
  // Raw: Ctrl-C, Ctrl-Z, Ctrl-\, Ctrl-S and Ctrl-Q are keys. Without nonl Ctrl-J could not be told from Enter.
  raw();
  noecho();
  nonl();
  leaveok(stdscr, FALSE);
  colors_on = use_colors && has_colors();
  if (colors_on) {
    start_color();
    use_default_colors();
    pair_limit = COLOR_PAIRS - 1 < PAIR_LIMIT ? COLOR_PAIRS - 1 : PAIR_LIMIT;
  }
  lab_forget_pairs();
  can_overstrike = strncmp(terminal, "linux", 5) != 0;
  lab_prepare_input();
  prepare_restore_bytes();
  lab_install_handlers();
  lab_screen_is_up(true);
  write_out("\033[?2004h");
  return true;
}

void lab_leave(void) {
  write_out("\033[?2004l");
  curs_set(1);
  endwin();
  lab_screen_is_up(false);
}

void lab_enter(void) {
  lab_screen_is_up(true);
  lab_apply_window_size();
  lab_redraw_all();
  doupdate(); // leaves endwin's state: program modes and the alternate screen come back
  write_out("\033[?2004h");
}

void lab_close(void) {
  if (screen == NULL) return;
  lab_leave();
  lab_remove_handlers();
  lab_release_input();
  delscreen(screen);
  screen = NULL;
}

// MARK: drawing

bool lab_put_row(int y, const lab_cell *cells, int count) {
  cchar_t row[1024];
  int used = 0;
  bool complete = true;
  if (lab_is_dying() || y < 0 || y >= LINES) return true;
  if (count > COLS) count = COLS;
  for (int x = 0; x < count && used < 1022; x++) {
    const lab_cell *cell = &cells[x];
    if (cell->width == 0) continue;
    wchar_t text[CCHARW_MAX + 1] = {(wchar_t)cell->scalars[0]};
    int length = 1;
    // Where the C library and our table disagree about a width, ncurses would move the rest of the line.
    bool known = wcwidth(text[0]) == cell->width;
    if (!known) text[0] = 0xFFFD;
    for (int mark = 1; known && mark < 5 && cell->scalars[mark] != 0 && length < CCHARW_MAX; mark++) {
      if (wcwidth((wchar_t)cell->scalars[mark]) == 0) text[length++] = (wchar_t)cell->scalars[mark];
    }
    // ncurses has no such attribute; the combining stroke says the same.
    if ((cell->attributes & LAB_STRIKETHROUGH) && can_overstrike && text[0] != L' ' && length < CCHARW_MAX) text[length++] = 0x336;
    text[length] = 0;
    attr_t attributes = 0;
    if (cell->attributes & LAB_BOLD) attributes |= A_BOLD;
    if (cell->attributes & LAB_DIM) attributes |= A_DIM;
    if (cell->attributes & LAB_UNDERLINE) attributes |= A_UNDERLINE;
    if (cell->attributes & LAB_REVERSE) attributes |= A_REVERSE;
    if (cell->attributes & LAB_ITALIC) attributes |= A_ITALIC;
    int pair = pair_for(cell->foreground, cell->background);
    if (pair < 0) {
      complete = false;
      pair = 0;
    }
    if (setcchar(&row[used], text, attributes, 0, &pair) != OK) setcchar(&row[used], L"?", attributes, 0, &pair);
    used += 1;
    if (!known && cell->width == 2) setcchar(&row[used++], L" ", attributes, 0, &pair);
  }
  mvadd_wchnstr(y, 0, row, used);
  return complete;
}

void lab_refresh(int cursor_x, int cursor_y) {
  if (lab_is_dying()) return;
  curs_set(cursor_x >= 0 ? 1 : 0);
  if (cursor_x >= 0) move(cursor_y, cursor_x);
  // ncurses ignores SIGTSTP while it writes, and a stop that comes then would be lost. The kernel keeps a blocked signal even so.
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  pthread_sigmask(SIG_BLOCK, &stop, &before);
  refresh();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void lab_redraw_all(void) { clearok(curscr, TRUE); }

bool lab_output_is_ready(void) {
  struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
  return poll(&out, 1, 0) == 1 && (out.revents & POLLOUT);
}

// MARK: size

void lab_window_size(int *columns, int *rows) {
  *columns = COLS;
  *rows = LINES;
}

bool lab_apply_window_size(void) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return false;
  if (size.ws_col == COLS && size.ws_row == LINES) return false;
  // Not resizeterm, which puts a key into the input.
  resize_term(size.ws_row, size.ws_col);
  lab_redraw_all();
  prepare_restore_bytes();
  return true;
}
