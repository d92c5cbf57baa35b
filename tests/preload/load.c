/* SPDX-License-Identifier: MIT */
/* load.c LIBRARY [FUNCTION] - dlopen() it; call int FUNCTION(10) and print what it returns. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *so = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	int (*fn)(int) = NULL;

	if (!so) {
		printf("%s\n", argc > 1 ? dlerror() : "load LIBRARY [FUNCTION]");
		return 1;
	}
	if (argc > 2)
		*(void **)&fn = dlsym(so, argv[2]);
	printf("loaded %d\n", fn ? fn(10) : 0);
	return 0;
}
