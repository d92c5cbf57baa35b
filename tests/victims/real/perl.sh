# SPDX-License-Identifier: MIT
#
# perl: interpreter threads, children with pipes, sockets, Storable, regular expressions, signals.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="perl"
limit_s=600
prepare()
{
	cat >app.pl <<-'END'
		use strict; use warnings; use threads; use threads::shared; use Storable qw(freeze thaw);
		use Socket; use IO::Handle; use POSIX ":sys_wait_h"; use Digest::SHA qw(sha256_hex); use Time::HiRes qw(setitimer ITIMER_REAL);
		$| = 1;
		my $alarms = 0;
		$SIG{ALRM} = sub { my @x = map { "x" x $_ } 1 .. 50; $alarms++ };
		setitimer(ITIMER_REAL, 0.002, 0.002);
		my (%h, @words);
		for my $i (0 .. 150000) { push @words, "word" . ($i * 7919 % 50021); $h{$words[-1]}{$i % 7} .= "x" x ($i % 30); }
		my $text = join " ", sort @words[0 .. 20000];
		my $n = () = $text =~ /(\w+7)\b/g;
		print scalar(keys %h), " $n ", sha256_hex($text), "\n";
		my %shared :shared;
		for my $round (1 .. 3) {
			my @threads = map { my $id = $_; threads->create(sub {
				my %own; $own{$_ * $id % 1009} .= "y" x ($_ % 17) for 1 .. 20000;
				my $sum = sha256_hex(join ",", map { "$_=$own{$_}" } sort keys %own);
				{ lock %shared; $shared{"$round.$id"} = $sum; }
				return $sum;
			}) } 1 .. 4;
			print join(" ", map { $_->join } @threads), "\n";
		}
		print "$_ $shared{$_}\n" for sort keys %shared;
		setitimer(ITIMER_REAL, 0); print $alarms > 0 ? "alarms\n" : "no alarm\n";
		for my $child (1 .. 30) {
			socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die;
			my $pid = fork // die;
			if (!$pid) { close $a; my $got = do { local $/ = \100000; <$b> }; print $b sha256_hex($got) x 3; $b->flush; POSIX::_exit($child) }
			close $b; print $a freeze([map { { n => $_, s => "z" x $_ } } 1 .. 200]); $a->flush; shutdown $a, 1;
			my $back = do { local $/; <$a> }; waitpid $pid, 0;
			print $child, " ", $? >> 8, " ", length $back, "\n";
		}
		my $deep = [0]; my $p = $deep; $p = $p->[1] = [$_] for 1 .. 5000;
		print sha256_hex(freeze(thaw(freeze({ l => [1 .. 1000], t => $text })) ->{l})), "\n";
		print `seq 5 | sort -r`; system "sh", "-c", "exit 7"; print $? >> 8, "\n";
		my $killed = fork // die; if (!$killed) { sleep 60 } kill 9, $killed; waitpid $killed, 0; print $? & 127, "\n";
		open my $f, ">", "out.txt"; print $f "$_\n" for sort keys %h; close $f;
		exit 5;
	END
}
work()
{
	export PERL_HASH_SEED=0
	$program perl "$T/input/app.pl"
	echo "perl $?"
	$program perl -MPod::Text -e 'Pod::Text->new->parse_file($INC{"Pod/Text.pm"})'
}
worked() { grep -qx 'perl 5' ../out && grep -qx alarms ../out && [ ! -s ../err ]; }
