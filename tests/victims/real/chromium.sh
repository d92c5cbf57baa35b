# SPDX-License-Identifier: MIT
#
# chromium without a screen: a local page with scripts, WebAssembly and a canvas, printed as it
# stands in the end, and as a picture.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="chromium"
limit_s=900
leave_sandboxed=1 # its processes confine themselves with seccomp, see docs/design/0004
leave_torn=1      # and are killed by their parent when it ends
# As nobody, so that it can have its sandbox (namespaces, seccomp, limits); where an unprivileged
# user may have no namespace, without.
as_nobody()
{
	if [ "$(id -u)" = 0 ]; then
		runuser -u nobody -- "$@"
	else
		"$@"
	fi
}
prepare()
{
	if as_nobody unshare -Ur true; then
		: >sandbox
	else
		echo --no-sandbox >sandbox
	fi
	cat >page.html <<-'END'
		<!DOCTYPE html><title>local</title><canvas id=c width=300 height=200></canvas><ul id=u></ul><pre id=p></pre><script>
		const c = document.getElementById('c').getContext('2d');
		for (let i = 0; i < 300; i++) { c.fillStyle = `hsl(${i * 7 % 360} 80% 50%)`; c.fillRect(i, i * 13 % 200, 20, 9); }
		for (let i = 0; i < 3000; i++) document.getElementById('u').append(Object.assign(document.createElement('li'), { textContent: 'item ' + i * 7919 % 3001 }));
		[...document.querySelectorAll('li')].filter((e, i) => i % 3).forEach((e) => e.remove());
		const p = document.getElementById('p'), text = [...document.querySelectorAll('li')].map((e) => e.textContent).sort().join(' ');
		let sum = 0; const all = [];
		for (let i = 0; i < 300000; i++) { all.push({ i }); sum = (sum * 31 + text.charCodeAt(i % text.length)) % 1000003; }
		const wasm = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);
		p.textContent = `${sum} ${all.length} ${new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports.add(40, 2)} ${document.body.getBoundingClientRect().height > 100}`;
		p.innerHTML += new DOMParser().parseFromString('<svg xmlns="http://www.w3.org/2000/svg"><circle r="5"/></svg>', 'image/svg+xml').documentElement.outerHTML;
		</script>
	END
}
work()
{
	export HOME=$T/here/home XDG_RUNTIME_DIR=$T/here DBUS_SESSION_BUS_ADDRESS=disabled:
	options="--headless --disable-gpu --no-first-run --disable-quic --disable-background-networking --disable-component-update
		--disable-sync --disable-extensions --hide-scrollbars --disable-dev-shm-usage"
	options="$options $(cat "$T/input/sandbox")"
	as_nobody $program chromium $options --user-data-dir="$T/here/profile" --dump-dom "file://$T/input/page.html" 2>log
	echo "chromium $?"
	as_nobody $program chromium $options --user-data-dir="$T/here/profile2" --screenshot="$T/here/page.png" --window-size=600,400 \
		"file://$T/input/page.html" 2>log
	echo "chromium $?"
}
worked() { grep -q '300000 42 true<svg' ../out && [ "$(file -b --mime-type page.png)" = image/png ]; }
# Left out: log (times, process ids), profile and home: keys and times.
settle() { rm -rf log home profile profile2 ./*.lock .org.chromium* ./dconf; }
