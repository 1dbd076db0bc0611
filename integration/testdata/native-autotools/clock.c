#include <stdio.h>

int tick(void);

int main(void)
{
	char text[100];
	FILE *file = fopen(FACE, "r");
	if (!file || !fgets(text, sizeof text, file))
		return 1;
	printf("%d o'clock, %s", tick(), text);
	return 0;
}
