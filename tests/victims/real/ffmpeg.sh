# SPDX-License-Identifier: MIT
#
# ffmpeg: a picture and a tone made, encoded by four coders with threads, decoded and scaled.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="ffmpeg"
limit_s=900
work()
{
	quiet="-v error -nostdin -y -bitexact -fflags +bitexact -flags +bitexact -map_metadata -1"
	source="-f lavfi -i testsrc2=size=640x360:rate=25:duration=4 -f lavfi -i sine=frequency=440:duration=4"
	$program ffmpeg -v error -nostdin $source $quiet -c:v libx264 -preset veryfast -threads 4 -c:a aac h264.mp4 &&
		$program ffmpeg -v error -nostdin $source $quiet -c:v mpeg4 -threads 2 -c:a flac mpeg4.mkv &&
		$program ffmpeg -v error -nostdin $source $quiet -c:v libvpx -deadline good -cpu-used 4 -b:v 1M -threads 1 -c:a libopus vp8.webm &&
		$program ffmpeg -v error -nostdin $source $quiet -c:v ffv1 -threads 4 -c:a pcm_s16le ffv1.mkv || return
	for file in h264.mp4 mpeg4.mkv vp8.webm ffv1.mkv; do
		$program ffmpeg -v error -nostdin -threads 4 -i $file -vf scale=320:180,unsharp -f framemd5 -bitexact - || return
		$program ffprobe -v error -show_streams -show_format $file || return
	done
}
worked() { [ "$(grep -c '^0,' ../out)" -ge 400 ]; }
