#include <stdio.h>

int main(void)
{
	char text[100] = "no words\n";
	FILE *file = fopen("words.txt", "r");
	if (file && fgets(text, sizeof text, file))
		fclose(file);
	printf("hello: %s", text);
	return 0;
}
