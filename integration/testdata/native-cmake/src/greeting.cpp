#include <fstream>
#include <iterator>
#include <string>

std::string greeting()
{
	std::ifstream file("data/greeting.txt");
	return {std::istreambuf_iterator<char>(file), {}};
}
