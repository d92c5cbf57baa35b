// SPDX-License-Identifier: MIT
//
// plugin_cxx.cc - C++ that a C program loads: it brings libstdc++ with it, out of everybody's sight.
#include <string>
#include <vector>

extern "C" int plugin_sum(int n)
{
	std::vector<std::string> words;
	std::size_t sum = 0;

	for (int i = 0; i < n; i++)
		words.push_back(std::string(100 + i, 'x'));
	for (auto &w : words)
		sum += w.size();
	return int(sum);
}
