// What the files of this target share.
#ifndef LAB_CURSES_PRIVATE_H
#define LAB_CURSES_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

// lab_curses_exit.c: leaving the terminal clean.
void lab_remember_terminal(void);                          // before ncurses changes modes and handlers
void lab_set_restore_bytes(const char *bytes, size_t count);
void lab_install_handlers(void);                           // after newterm, which installs its own
void lab_remove_handlers(void);
void lab_screen_is_up(bool up);                            // also captures and gives back standard error
bool lab_is_dying(void);

// lab_curses_input.c
void lab_prepare_input(void);
void lab_release_input(void);

#endif
