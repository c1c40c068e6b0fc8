// A terminal for tests: a pty with a program on it, libvterm reading what it writes, and a tiny shell between, so that stopping and continuing work.
#ifndef PTY_HARNESS_H
#define PTY_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pty_session pty_session;

// Starts `path` with arguments and environment (both end with NULL) on a new terminal; NULL where that fails.
pty_session *pty_start(const char *path, char *const arguments[], char *const environment[], int rows, int columns);
void pty_free(pty_session *session); // kills what still runs

// Reads what comes within the time and gives it to the terminal; false where nothing came.
bool pty_pump(pty_session *session, int milliseconds);
void pty_send(pty_session *session, const char *bytes, size_t count);
void pty_resize(pty_session *session, int rows, int columns);
void pty_signal(pty_session *session, int number);
void pty_continue(pty_session *session); // after a stop, as `fg` does

typedef struct {
  uint32_t scalars[6];
  int width;
  bool reverse, bold, underline;
  // -1 default, 0…255 indexed, 0x1RRGGBB direct
  int32_t foreground, background;
} pty_cell;
void pty_cell_at(pty_session *session, int row, int column, pty_cell *cell);

bool pty_is_alternate(const pty_session *session);
bool pty_is_cursor_visible(const pty_session *session);
void pty_cursor(const pty_session *session, int *row, int *column);
bool pty_wants_brackets(pty_session *session);   // bracketed paste
bool pty_modes_are_original(pty_session *session); // termios as before the program
size_t pty_bytes_read(const pty_session *session);

bool pty_is_stopped(const pty_session *session);
bool pty_has_ended(const pty_session *session);
int pty_wait_status(const pty_session *session); // as waitpid gives it

#endif
