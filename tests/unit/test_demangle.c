/* SPDX-License-Identifier: MIT */
/* test_demangle.c - mangled names in, what their authors wrote out; and names made to hurt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/symbols/demangle.h"

static char buf[PT_DEMANGLE_BYTES_MAX];

static void assert_demangles(const char *symbol, const char *expected)
{
	assert_true(pt_demangle(symbol, buf, sizeof(buf)));
	assert_string_equal(buf, expected);
}

static void a_cpp_name_has_namespaces_templates_and_parameters(void **state)
{
	(void)state;
	assert_demangles("_ZN6victim3boxIiE3putEPKi", "victim::box<int>::put(int const*)");
	assert_demangles("_Znwm", "operator new(unsigned long)");
	assert_demangles("_ZNSt6vectorIiSaIiEE9push_backEOi",
			 "std::vector<int, std::allocator<int> >::push_back(int&&)");
	assert_demangles("_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const");
	assert_demangles("_ZN12_GLOBAL__N_16hiddenEv", "(anonymous namespace)::hidden()");
}

static void a_compilers_clone_is_named_after_its_original(void **state)
{
	(void)state;
	assert_demangles("_Z4workPi.part.0", "work(int*)");
	assert_demangles("_Z4workPi.constprop.0.isra.0.cold", "work(int*)");
}

static void a_legacy_rust_name_hides_its_hash(void **state)
{
	(void)state;
	assert_demangles("_ZN4core3fmt9Formatter3pad17h1a2b3c4d5e6f7089E",
			 "core::fmt::Formatter::pad");
	assert_demangles("_ZN4core3fmt9Formatter3pad17h1a2b3c4d5e6f7089E.llvm.1234567890",
			 "core::fmt::Formatter::pad");
	assert_demangles(
		"_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$14grow_amortized17h0123456789abcdefE",
		"alloc::raw_vec::RawVec<T,A>::grow_amortized");
	assert_demangles("_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
			 "std::rt::lang_start::{{closure}}");
}

static void a_v0_rust_name_hides_its_crate_hash(void **state)
{
	(void)state;
	assert_demangles("_RNvMNtCsjIGZdvdhSlQ_7rustlib4shopINtB2_4TillxE4ringB4_",
			 "<rustlib::shop::Till<i64>>::ring");
	assert_demangles("_RNvXs_NtCsjIGZdvdhSlQ_7rustlib4shopINtB4_4TillhENtNtCsgEmfK2I1SDS_"
			 "4core3fmt7Display3fmt",
			 "<rustlib::shop::Till<u8> as core::fmt::Display>::fmt");
	assert_demangles("_RNvC6_123foo3bar.llvm.42", "123foo::bar");
}

static void a_cpp_name_that_only_looks_like_rust_stays_cpp(void **state)
{
	(void)state;
	/* 17h and 16 hexadecimal digits, but fewer than five different ones: not a Rust hash. */
	assert_demangles("_ZN3foo17h0000000000000000E", "foo::h0000000000000000");
}

static void what_is_not_mangled_is_left_alone(void **state)
{
	static const char *const plain[] = {
		"main", "", "_", "_Z", "_R", "_ZN", "Znwm", "_Z1", "_Zfoo", "_GLOBAL__sub_I_main"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		assert_false(pt_demangle(plain[i], buf, sizeof(buf)));
}

static void a_name_that_does_not_fit_is_left_alone(void **state)
{
	char small[24];

	(void)state;
	memset(small, 'x', sizeof(small));
	assert_false(pt_demangle("_ZN6victim3boxIiE3putEPKi", small, 20));
	assert_memory_equal(small + 20, "xxxx", 4);
	assert_false(pt_demangle("_Z1fv", small, 3));
	assert_true(pt_demangle("_Z1fv", small, 4));
	assert_string_equal(small, "f()");
	assert_false(pt_demangle("_Z1fv", small, 0));
}

/* f(a<0>, a<1>...), where each parameter holds the one before it twice: 2^40 times the text. */
static void a_name_that_doubles_itself_stops_at_the_buffer(void **state)
{
	char bomb[512] = "_Z1f1aIiiE";
	size_t at = strlen(bomb);
	char previous[8] = "S0_";

	(void)state;
	for (int i = 0; i < 30; i++) {
		at += (size_t)snprintf(bomb + at, sizeof(bomb) - at, "S_I%s%sE", previous,
				       previous);
		snprintf(previous, sizeof(previous), "S%c_",
			 "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i]);
	}
	assert_false(pt_demangle(bomb, buf, sizeof(buf)));
	/* The same shape, short enough to fit, is a good name. */
	bomb[strlen("_Z1f1aIiiES_IS0_S0_E")] = '\0';
	assert_demangles(bomb, "f(a<int, int>, a<a<int, int>, a<int, int> >)");
}

static void a_name_of_4000_bytes_is_demangled_and_one_of_a_million_is_not(void **state)
{
	size_t bytes = 1000000;
	char *name = malloc(bytes + 1);
	size_t at = 0;

	(void)state;
	assert_non_null(name);
	at += (size_t)snprintf(name, bytes, "_Z1f");
	while (at < 4000)
		at += (size_t)snprintf(name + at, bytes - at, "10parameters");
	assert_true(pt_demangle(name, buf, sizeof(buf)));
	assert_memory_equal(buf, "f(parameters, parameters, ", 26);

	memset(name, 'P', bytes);
	memcpy(name, "_Z1f", 4);
	name[bytes] = '\0';
	assert_false(pt_demangle(name, buf, sizeof(buf)));
	memset(name, 'R', bytes);
	memcpy(name, "_RM", 3);
	assert_false(pt_demangle(name, buf, sizeof(buf)));
	free(name);
}

static void a_damaged_name_never_overruns_the_buffer(void **state)
{
	static const char *const seeds[] = {
		"_ZNSt6vectorIiSaIiEE9push_backEOi",
		"_ZZN6victim3boxIiE3putEPKiENKUlvE_clEv",
		"_RNvXs_NtCsjIGZdvdhSlQ_7rustlib4shopINtB4_4TillhENtNtCsgEmfK2I1SDS_4core3fmt",
		"_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$14grow_amortized17h0123456789abcdefE",
		"_Z1fIJidEEDTcl1gspclsr3stdE7forwardIT_Efp_EEEDpOS1_",
		"_RNvMs_Cu10_nd_1p5_l5a7a4cj3foo",
	};
	static const char alphabet[] = "_ZRNEIS0123456789TtBKPCcvipLXJDMFQ$.u";
	char name[128], small[64];
	size_t demangled = 0;

	(void)state;
	srandom(3);
	for (int i = 0; i < 200000; i++) {
		size_t bytes;

		snprintf(name, sizeof(name), "%s", seeds[i % 6]);
		bytes = strlen(name);
		for (long edits = random() % 3; edits >= 0; edits--)
			name[2 + (size_t)random() % (bytes - 2)] =
				alphabet[(size_t)random() % (sizeof(alphabet) - 1)];
		small[60] = '#';
		if (pt_demangle(name, small, 60)) {
			assert_non_null(memchr(small, '\0', 60));
			demangled++;
		}
		assert_int_equal(small[60], '#');
	}
	assert_true(demangled > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cpp_name_has_namespaces_templates_and_parameters),
		cmocka_unit_test(a_compilers_clone_is_named_after_its_original),
		cmocka_unit_test(a_legacy_rust_name_hides_its_hash),
		cmocka_unit_test(a_v0_rust_name_hides_its_crate_hash),
		cmocka_unit_test(a_cpp_name_that_only_looks_like_rust_stays_cpp),
		cmocka_unit_test(what_is_not_mangled_is_left_alone),
		cmocka_unit_test(a_name_that_does_not_fit_is_left_alone),
		cmocka_unit_test(a_name_that_doubles_itself_stops_at_the_buffer),
		cmocka_unit_test(a_name_of_4000_bytes_is_demangled_and_one_of_a_million_is_not),
		cmocka_unit_test(a_damaged_name_never_overruns_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
