/* SPDX-License-Identifier: MIT */
/* screen.h - what stdout is like. */
#ifndef PT_SCREEN_H
#define PT_SCREEN_H

#include <stdbool.h>

/* pt_screen_width() - columns (COLUMNS, else the terminal's; 60 to 1000); 0 = not a terminal. */
unsigned int pt_screen_width(void);

/* pt_screen_colour() - a terminal that wants it (NO_COLOR, TERM). */
bool pt_screen_colour(void);

/* pt_screen_utf8() - the locale's characters are UTF-8 (LC_ALL, LC_CTYPE, LANG). */
bool pt_screen_utf8(void);

#endif
