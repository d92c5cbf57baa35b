# SPDX-License-Identifier: MIT
#
# gcc: this project's own analyzer, compiled, archived and linked; C++ from the tests as well.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="gcc g++ binutils make libjansson-dev libdw-dev libyaml-dev libiberty-dev uthash-dev"
limit_s=900
prepare()
{
	cp -r "$PT_SRC/analyzer" "$PT_SRC/format" "$PT_SRC/include" .
	cp "$PT_SRC"/tests/preload/*.cc .
	cat >Makefile <<-END
		.RECIPEPREFIX = >
		sources := $T/input/format/*.c ${VICTIM_BRIEF:-$T/input/analyzer/model/*.c $T/input/analyzer/trace/*.c}
		objects := \$(patsubst $T/input/%.c,%.o,\$(wildcard \$(sources)))
		all: part.a operators
		part.a: \$(objects)
		>ar rcsD \$@ \$^
		\$(objects): %.o: $T/input/%.c
		>@mkdir -p \$(@D)
		>gcc -O2 -g -std=gnu11 -Wall -D_GNU_SOURCE -I$T/input/analyzer -c -o \$@ \$<
		operators: $T/input/operators.cc
		>g++ -O2 -g -flto -std=c++17 -pthread -o \$@ \$<
	END
}
work() { $program make -s -j2 -f "$T/input/Makefile" 2>&1; }
worked() { [ "$(ar t part.a | wc -l)" -ge 2 ] && ./operators >/dev/null; }
