# SPDX-License-Identifier: MIT
#
# chromium without a screen: a local page with a script, a worker and a canvas, printed as it
# stands in the end, and as a picture.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="chromium"
limit_s=240
leave_sandboxed=1 # its processes confine themselves with seccomp, see docs/design/0004
leave_torn=1      # and are killed by their parent when it ends
prepare()
{
	cat >page.html <<-'END'
		<!DOCTYPE html><title>local</title><canvas id=c width=300 height=200></canvas><ul id=u></ul><pre id=p></pre><script>
		const c = document.getElementById('c').getContext('2d');
		for (let i = 0; i < 300; i++) { c.fillStyle = `hsl(${i * 7 % 360} 80% 50%)`; c.fillRect(i, i * 13 % 200, 20, 9); }
		for (let i = 0; i < 3000; i++) document.getElementById('u').append(Object.assign(document.createElement('li'), { textContent: 'item ' + i * 7919 % 3001 }));
		[...document.querySelectorAll('li')].filter((e, i) => i % 3).forEach((e) => e.remove());
		const code = `onmessage = (m) => { let s = 0; const a = []; for (let i = 0; i < 300000; i++) { a.push({ i }); s = (s * 31 + i) % 1000003; } postMessage(m.data + ' ' + s + ' ' + a.length); }`;
		let left = 3;
		for (let n = 0; n < 3; n++) {
			const w = new Worker(URL.createObjectURL(new Blob([code])));
			w.onmessage = (m) => { document.getElementById('p').dataset['w' + n] = m.data; if (--left == 0) document.title = 'done'; };
			w.postMessage('worker ' + n);
		}
		crypto.subtle.digest?.('SHA-256', new TextEncoder().encode('x'.repeat(100000))).then((d) => document.getElementById('p').dataset.sha = [...new Uint8Array(d)].join(' '));
		</script>
	END
}
work()
{
	export HOME=$T/here/home XDG_RUNTIME_DIR=$T/here DBUS_SESSION_BUS_ADDRESS=disabled:
	mkdir -p home
	options="--headless --disable-gpu --no-first-run --disable-quic --disable-background-networking --disable-component-update
		--disable-sync --disable-extensions --hide-scrollbars --virtual-time-budget=20000 --disable-dev-shm-usage"
	[ "$(id -u)" != 0 ] || options="$options --no-sandbox"
	$program chromium $options --user-data-dir="$T/here/profile" --dump-dom "file://$T/input/page.html" 2>log
	echo "chromium $?"
	$program chromium $options --user-data-dir="$T/here/profile2" --screenshot="$T/here/page.png" --window-size=600,400 \
		"file://$T/input/page.html" 2>log
	echo "chromium $?"
}
worked() { grep -q 'data-w2="worker 2' ../out && grep -q 'data-sha=' ../out && [ "$(file -b --mime-type page.png)" = image/png ]; }
# Left out: log (times, process ids), profile and home: keys and times.
settle() { rm -rf log home profile profile2 ./*.lock .org.chromium* ./dconf; }
