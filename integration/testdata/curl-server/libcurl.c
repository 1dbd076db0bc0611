/* Stands for libcurl when the program is linked: it has the name and the version of the symbol, and nothing else. */
const char *curl_version(void) { return ""; }
