// Input: bytes and names of keys. UTF-8, Alt and pastes are put together in Swift: ncurses' get_wch waits for up to 16 bytes after an invalid one.
#define _GNU_SOURCE 1
#define NCURSES_WIDECHAR 1
#include <curses.h>

#include <string.h>

#include "lab_curses.h"
#include "lab_curses_private.h"

extern int key_defined(const char *);

// A pad, because reading from a window refreshes it.
static WINDOW *source;

enum { OWN_KEYS = 0x4000 };

// Sequences that terminals send beside those of their descriptions.
static const struct {
  const char *sequence;
  const char *name;
} own_keys[] = {
    {"\033[200~", "paste-begin"}, {"\033[201~", "paste-end"},
    {"\033[A", "KEY_UP"},         {"\033[B", "KEY_DOWN"},      {"\033[C", "KEY_RIGHT"},    {"\033[D", "KEY_LEFT"},
    {"\033OA", "KEY_UP"},         {"\033OB", "KEY_DOWN"},      {"\033OC", "KEY_RIGHT"},    {"\033OD", "KEY_LEFT"},
    {"\033[H", "KEY_HOME"},       {"\033[F", "KEY_END"},       {"\033OH", "KEY_HOME"},     {"\033OF", "KEY_END"},
    {"\033[1~", "KEY_HOME"},      {"\033[4~", "KEY_END"},      {"\033[7~", "KEY_HOME"},    {"\033[8~", "KEY_END"},
    {"\033[2~", "KEY_IC"},        {"\033[3~", "KEY_DC"},       {"\033[5~", "KEY_PPAGE"},   {"\033[6~", "KEY_NPAGE"},
    {"\033[Z", "KEY_BTAB"},       {"\033[1;5A", "kUP5"},       {"\033[1;5B", "kDN5"},      {"\033[1;5C", "kRIT5"},
    {"\033[1;5D", "kLFT5"},       {"\033[1;2A", "kUP"},        {"\033[1;2B", "kDN"},       {"\033[1;2C", "KEY_SRIGHT"},
    {"\033[1;2D", "KEY_SLEFT"},   {"\033OP", "KEY_F(1)"},      {"\033OQ", "KEY_F(2)"},     {"\033OR", "KEY_F(3)"},
    {"\033OS", "KEY_F(4)"},       {"\033[11~", "KEY_F(1)"},    {"\033[12~", "KEY_F(2)"},   {"\033[13~", "KEY_F(3)"},
    {"\033[14~", "KEY_F(4)"},     {"\033[15~", "KEY_F(5)"},    {"\033[17~", "KEY_F(6)"},   {"\033[18~", "KEY_F(7)"},
    {"\033[19~", "KEY_F(8)"},     {"\033[20~", "KEY_F(9)"},    {"\033[21~", "KEY_F(10)"},  {"\033[23~", "KEY_F(11)"},
    {"\033[24~", "KEY_F(12)"},
};

void lab_prepare_input(void) {
  source = newpad(1, 1);
  keypad(source, TRUE);
  nodelay(source, TRUE);
  for (size_t index = 0; index < sizeof own_keys / sizeof *own_keys; index++) {
    if (key_defined(own_keys[index].sequence) == 0) define_key(own_keys[index].sequence, OWN_KEYS + (int)index);
  }
}

void lab_release_input(void) {
  if (source != NULL) delwin(source);
  source = NULL;
}

void lab_set_raw_input(bool raw) {
  if (source != NULL) keypad(source, !raw);
}

bool lab_read(lab_input *input) {
  if (source == NULL) return false;
  int code = wgetch(source);
  if (code == ERR) return false;
  memset(input, 0, sizeof *input);
  if (code < 256) {
    input->byte = code;
    return true;
  }
  const char *name = NULL;
  if (code >= OWN_KEYS && code < OWN_KEYS + (int)(sizeof own_keys / sizeof *own_keys)) {
    name = own_keys[code - OWN_KEYS].name;
  } else {
    name = keyname(code);
  }
  input->byte = -1;
  strncpy(input->name, name != NULL ? name : "", sizeof input->name - 1);
  return true;
}
