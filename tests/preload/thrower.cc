// SPDX-License-Identifier: MIT
// thrower.cc - allocates under exceptions that are thrown through many frames: prints a sum.
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>

static int deep(int n, std::map<int, std::string> &kept)
{
	std::string s(static_cast<size_t>(n) * 7 + 20, 'x');

	kept[n] = s;
	if (n == 0)
		throw std::runtime_error("bottom " + s);
	try {
		return deep(n - 1, kept) + 1;
	} catch (const std::logic_error &) {
		return 0;
	}
}

int main()
{
	size_t sum = 0;

	for (int i = 0; i < 300; i++) {
		std::map<int, std::string> kept;

		try {
			deep(i % 40, kept);
		} catch (const std::exception &e) {
			sum += std::string(e.what()).size() + kept.size();
		}
	}
	std::printf("%zu\n", sum);
}
