const char *own(void) { return "own library"; }
