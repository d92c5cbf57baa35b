# SPDX-License-Identifier: MIT
#
# nginx, two workers with gzip, under ab; a reload in the middle, a graceful end.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="nginx-light apache2-utils perl"
limit_s=600
# No end to a connection after 1,000 requests: which of them gets there depends on the moment.
prepare()
{
	mkdir root
	for bytes in 0 100 5000 300000; do
		seq 1000000 | head -c $bytes >root/$bytes.txt
	done
	# A port that nobody listens on just now.
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport' >port
	user=
	[ "$(id -u)" != 0 ] || user='user nobody nogroup;'
	cat >nginx.conf <<-END
		$user worker_processes 2; pid $T/here/pid; error_log $T/here/error.log notice;
		events { worker_connections 256; }
		http {
			access_log $T/here/access.log; types { text/plain txt; } gzip on; gzip_proxied any; gzip_min_length 1;
			client_body_temp_path $T/here/1; proxy_temp_path $T/here/2; fastcgi_temp_path $T/here/3;
			uwsgi_temp_path $T/here/4; scgi_temp_path $T/here/5;
			server { listen 127.0.0.1:$(cat port); root $T/input/root; etag on; keepalive_requests 1000000;
				location /again/ { proxy_pass http://127.0.0.1:$(cat port)/; } }
		}
	END
}
# get PATH [HEADER]: what is answered, head and body
get()
{
	perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new("127.0.0.1:$ARGV[0]") or die $!;
		print $s "GET $ARGV[1] HTTP/1.0\r\n$ARGV[2]\r\n\r\n"; print while <$s>' "$(cat "$T/input/port")" "$@"
}
work()
{
	chmod 755 .
	at=127.0.0.1:$(cat "$T/input/port")
	$program nginx -c "$T/input/nginx.conf" -g 'daemon off;' -e "$T/here/error.log" &
	server=$!
	for _ in $(seq 100); do
		[ -s pid ] && get /0.txt >/dev/null 2>&1 && break
		sleep 0.05
	done
	for path in 0.txt 100.txt 5000.txt 300000.txt none again/5000.txt; do
		get /$path | grep -av '^Date:' >got.${path%/*}.plain
		get /$path 'Accept-Encoding: gzip' | grep -av '^Date:' >got.${path%/*}.gzip
	done
	for load in "-n 5000 -c 50 -k 5000.txt" "-n 1000 -c 20 300000.txt" "-n 1000 -c 20 again/100.txt"; do
		$program ab -q -H 'Accept-Encoding: gzip' ${load% *} "http://$at/${load##* }" >ab.out 2>&1
		echo "ab $?"
		grep -E '^(Complete|Failed|Write|Non-2xx|HTML|Document|Keep-Alive)' ab.out
	done
	kill -HUP $server
	sleep 0.3
	$program ab -q -n 1000 -c 20 "http://$at/5000.txt" >ab.out 2>&1
	grep -E '^(Complete|Failed|Write|Non-2xx|HTML|Document)' ab.out
	kill -QUIT $server
	wait $server
	echo "nginx $?"
}
worked() { [ "$(wc -c <got.300000.txt.plain)" -gt 300000 ] && [ "$(grep -cx 'Failed requests: *0' ../out)" = 4 ] && grep -qx 'nginx 0' ../out; }
# Left out: error.log's notices, process ids and times; ab.out: times and rates; times in access.log and its order: two workers.
settle()
{
	sed 's/\[[^]]*\]/[]/' access.log | sort | uniq -c >access
	grep -v '\[notice\]' error.log | sed 's/^[^[]*\[/[/; s/[0-9]*#[0-9]*: \*[0-9]*//' | sort >trouble
	rm -rf access.log error.log ab.out
}
