#include <stdio.h>

int shelf(char *text, int size);

int main(void)
{
	char text[100];
	shelf(text, sizeof text);
	printf("counted by %s", text);
	return 0;
}
