#!/bin/sh
# SPDX-License-Identifier: MIT
#
# perl: strings that grow, hashes, sorting, a regular expression.
. "$PT_SRC/tests/victims/victim.sh"

export PERL_HASH_SEED=0
compare perl perl -e '
my (%h, @words);
for my $i (0 .. 150000) { push @words, "word" . ($i * 7919 % 50021); $h{$words[-1]}{$i % 7} .= "x" x ($i % 30); }
my $text = join " ", sort @words[0 .. 20000];
my $n = () = $text =~ /(\w+7)\b/g;
print scalar(keys %h), " $n ", length($text), "\n";
open my $f, ">", "out.txt"; print $f "$_\n" for sort keys %h; close $f;
'
done_testing
