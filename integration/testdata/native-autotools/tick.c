int tick(void) { return 12; }
