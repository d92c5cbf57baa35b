# SPDX-License-Identifier: MIT
#
# node: four workers, a child process, an HTTP server of its own, compression in the thread pool.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="nodejs"
limit_s=600
prepare()
{
	cat >app.js <<-'END'
		const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
		const crypto = require('crypto'), zlib = require('zlib'), http = require('http'), fs = require('fs');
		const { fork, execFileSync } = require('child_process');
		const hash = (data) => crypto.createHash('sha256').update(data).digest('hex');
		const churn = (seed, rounds) => {
			const map = new Map();
			let x = seed;
			for (let i = 0; i < rounds; i++) {
				x = (x * 1103515245 + 12345) % 2147483648;
				map.set('key' + x % 5000, Buffer.from('value ' + x + ' '.repeat(x % 400)));
				if (i % 7 == 0) map.delete('key' + (x >> 8) % 5000);
			}
			return hash([...map.keys()].sort().map((k) => k + map.get(k)).join('\n'));
		};
		async function main() {
			const work = (n) => new Promise((done, no) => new Worker(__filename, { workerData: n }).on('message', done).on('error', no));
			for (let round = 0; round < 3; round++)
				console.log('workers', await Promise.all([1, 2, 3, 4].map((n) => work(n + round))));
			const text = Array.from({ length: 200000 }, (_, i) => 'line ' + i * 7919 % 104729).join('\n');
			const packed = await Promise.all([1, 5, 9].map((level) => new Promise((done) => zlib.gzip(text, { level }, (_, r) => done(r)))));
			packed.forEach((p, i) => { console.log('gzip', p.length, hash(zlib.gunzipSync(p))); fs.writeFileSync('packed' + i, p); });
			const keys = await Promise.all([...Array(8).keys()].map((n) => new Promise((done) => crypto.pbkdf2('p' + n, 's', 5000, 32, 'sha512', (_, k) => done(k.toString('hex'))))));
			console.log('keys', keys);
			const server = http.createServer((q, a) => a.end(hash(q.url).repeat(20))).listen(0, '127.0.0.1');
			await new Promise((done) => server.on('listening', done));
			const get = (n) => new Promise((done) => http.get({ port: server.address().port, path: '/' + n, agent: false }, (r) => { let s = ''; r.on('data', (d) => s += d).on('end', () => done(s)); }));
			let all = '';
			for (let n = 0; n < 20; n++) all += (await Promise.all([...Array(20).keys()].map((k) => get(n * 20 + k)))).join('');
			console.log('http', hash(all));
			server.close();
			const child = fork(__filename, ['child']);
			console.log('child', await new Promise((done) => child.on('message', done)), await new Promise((done) => child.on('exit', done)));
			console.log(execFileSync('sh', ['-c', 'seq 5 | sort -r']).toString());
			const doomed = new Worker(__filename, { workerData: 'spin' });
			await new Promise((done) => doomed.on('online', done));
			console.log('terminated', await doomed.terminate());
			await fs.promises.writeFile('big', text);
			console.log(JSON.stringify(Object.keys(JSON.parse(JSON.stringify({ text, keys })))));
		}
		if (process.argv[2] == 'child') process.send(churn(99, 30000), () => process.disconnect());
		else if (isMainThread) main();
		else if (workerData == 'spin') for (;;) Buffer.from('spin'.repeat(100));
		else parentPort.postMessage(churn(workerData, 100000));
	END
}
work() { $program node --expose-gc "$T/input/app.js"; }
worked() { [ "$(grep -cx 'terminated 1' ../out)" = 1 ] && [ "$(wc -c <big)" -gt 2000000 ]; }
