// Read-only maps of files, and what happens when a file shrinks under one. Not here: which files are mapped (ModelFiles).
#ifndef FILE_MAP_H
#define FILE_MAP_H

#include <stddef.h>

// Answers bus errors inside maps of this program: writes the map's message to standard error and leaves with code 2. All other bus errors go to the
// handler that was there before. A program that installs handlers of its own on top (a screen that restores the terminal) calls this first, so that
// theirs runs first and hands on to this one. Calling it again changes nothing.
void file_map_install(void);

// A private read-only map of the first `size` bytes, watched for bus errors; NULL when the system or the table of maps has no room.
// `message` is copied: what standard error gets, with its newline.
const void *file_map_open(int descriptor, size_t size, const char *message);

// Ends a map. Nobody may read it any more.
void file_map_close(const void *map, size_t size);

// Tells the system that this part of a map is read soon.
void file_map_will_need(const void *start, size_t size);

#endif
