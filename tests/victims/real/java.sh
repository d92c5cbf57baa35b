# SPDX-License-Identifier: MIT
#
# java: javac compiles a program with eight threads, java runs it: compiled code, direct buffers,
# null pointers caught by signal, stack overflow, a child process; once with each collector.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="openjdk-17-jdk-headless"
limit_s=900
prepare()
{
	cat >App.java <<-'END'
		import java.nio.*; import java.util.*; import java.util.concurrent.*; import java.util.stream.*; import java.util.zip.*;
		public class App {
			static long churn(long seed) {
				Map<String, byte[]> map = new HashMap<>();
				long sum = 0;
				for (int i = 0; i < 60000; i++) {
					seed = (seed * 1103515245L + 12345) & 0x7fffffff;
					map.put("key" + seed % 3000, new byte[(int) (seed % 500)]);
					if (i % 1000 == 0) sum += ByteBuffer.allocateDirect((int) (seed % 100000)).capacity();
				}
				for (byte[] b : map.values()) sum += b.length;
				return sum;
			}
			static int deep(int n) { return n == 0 ? 0 : 1 + deep(n + 1); }
			static long packed(int n) {
				Deflater d = new Deflater(n % 9 + 1);
				byte[] in = new byte[200000], out = new byte[300000];
				for (int i = 0; i < in.length; i++) in[i] = (byte) (i * 7919 % 251);
				d.setInput(in); d.finish();
				int len = d.deflate(out); d.end();
				CRC32 crc = new CRC32(); crc.update(out, 0, len);
				return crc.getValue();
			}
			public static void main(String[] args) throws Exception {
				ExecutorService pool = Executors.newFixedThreadPool(8);
				List<Future<Long>> all = new ArrayList<>();
				for (int i = 0; i < 32; i++) { final int n = i; all.add(pool.submit(() -> churn(n) * 31 + packed(n))); }
				for (Future<Long> f : all) System.out.println(f.get());
				pool.shutdown();
				int nulls = 0;
				for (int i = 0; i < 200000; i++) try { String s = i % 2 == 0 ? null : "x"; nulls += s.length(); } catch (NullPointerException e) { nulls += 2; }
				System.out.println("nulls " + nulls);
				try { System.out.println(deep(1)); } catch (StackOverflowError e) { System.out.println("overflow"); }
				System.out.println(IntStream.range(0, 500000).parallel().mapToObj(Integer::toString).collect(Collectors.groupingByConcurrent(String::length, Collectors.counting())));
				Process p = new ProcessBuilder("sh", "-c", "seq 3 | sort -r").redirectErrorStream(true).start();
				System.out.print(new String(p.getInputStream().readAllBytes()));
				System.out.println("child " + p.waitFor());
				Thread[] many = new Thread[300];
				int[] count = new int[many.length];
				for (int i = 0; i < many.length; i++) { final int n = i; (many[i] = new Thread(() -> count[n] = n)).start(); }
				for (Thread t : many) t.join();
				System.out.println(Arrays.stream(count).sum());
				Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
				System.exit(3);
			}
		}
	END
}
work()
{
	$program javac -d . "$T/input/App.java" || return
	for collector in G1 Parallel Serial Z Shenandoah; do
		$program java -Xmx200m -XX:+Use${collector}GC App
		echo "$collector: $?"
	done
}
worked() { [ "$(grep -cx '[A-Za-z0-9]*: 3' ../out)" = 5 ] && [ "$(grep -cx overflow ../out)" = 5 ]; }
