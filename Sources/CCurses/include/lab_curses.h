// A plain C face of ncurses: two structs and a dozen functions. ncurses.h is not included here, so that none of its names and macros reach Swift.
// Not here: what is drawn, what keys mean, when to draw.
#ifndef LAB_CURSES_H
#define LAB_CURSES_H

#include <stdbool.h>
#include <stdint.h>

// A cell for lab_put_row. Colours: -1 the terminal's own, else a colour number of the terminal (with direct colour 0xRRGGBB).
typedef struct {
  uint32_t scalars[5]; // base and up to four marks, 0 after the last
  int32_t foreground;
  int32_t background;
  uint16_t attributes; // LAB_BOLD …
  uint16_t width;      // 1 or 2; 0 for the right half of a wide glyph
} lab_cell;

enum { LAB_BOLD = 1, LAB_DIM = 2, LAB_UNDERLINE = 4, LAB_REVERSE = 8, LAB_STRIKETHROUGH = 16, LAB_ITALIC = 32 };

// One piece of input.
typedef struct {
  int32_t byte;  // 0…255, or -1 where `name` holds a key's name
  char name[32]; // ncurses' name of a key (KEY_UP, kLFT5, …) or one of lab_curses_input.c
} lab_input;

// What a terminal can do, from its description; nothing is written to it.
typedef enum { LAB_TERMINAL_OK, LAB_TERMINAL_UNKNOWN, LAB_TERMINAL_CANNOT_MOVE } lab_terminal_kind;
lab_terminal_kind lab_describe_terminal(const char *name, int *colors);

// Opens the screen on standard input and output; false where ncurses refuses. Signals, standard error and exits are taken care of until lab_close.
bool lab_open(const char *terminal, bool use_colors);
void lab_close(void);
// Leaves the screen for another program or a stop, and comes back to it.
void lab_leave(void);
void lab_enter(void);
// Stops the whole process group as Ctrl-Z does; returns when it goes on.
void lab_stop(void);

// Columns and rows now; applies a new window size.
void lab_window_size(int *columns, int *rows);
bool lab_apply_window_size(void);

// Puts one row of cells at its place; false where colour pairs have run out, then lab_forget_pairs and put all rows again.
bool lab_put_row(int y, const lab_cell *cells, int count);
void lab_forget_pairs(void);
// Writes what changed; cursor_x < 0 hides the cursor.
void lab_refresh(int cursor_x, int cursor_y);
void lab_redraw_all(void);
// Whether the terminal takes bytes now.
bool lab_output_is_ready(void);

// The next piece of input; false where there is none now.
bool lab_read(lab_input *input);
// While on, escape sequences come as bytes: inside a paste.
void lab_set_raw_input(bool raw);

// Signals that came as bytes of this descriptor: 'W' window size, 'T' stop wanted, 'C' went on.
int lab_signal_descriptor(void);

// An alternate signal stack for the calling thread, so that a stack overflow in it leaves the terminal clean too. The main thread has one.
void lab_protect_thread(void);

#endif
