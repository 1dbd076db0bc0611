#include <sqlite3.h>
#include <stdio.h>

/* shelf tells which SQLite this is linked to. */
int shelf(char *text, int size) { return snprintf(text, size, "SQLite %s\n", sqlite3_libversion()); }
