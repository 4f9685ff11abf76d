#!/bin/sh
# Makes call.mp3: a telephone call between two voices of espeak-ng, narrowed to the telephone's band.
# Needs Debian's espeak-ng, sox and ffmpeg. The words are ours.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
say() {
  n=$((n + 1))
  espeak-ng -v "$1" -s "$2" -p "$3" -w "$work/$(printf %02d $n).wav" "$4"
}
dana() { say en-us+f3 158 55 "$1"; }
sam() { say en-gb+m3 150 38 "$1"; }
dana 'Harbor Dental, this is Dana. How can I help?'
sam "Hi Dana, it's Sam. Could we move my Thursday cleaning to next week?"
dana 'Of course. I have Tuesday at ten fifteen. Shall I book that for you?'
sam 'Tuesday is perfect. Could you send me a note of this call?'
dana 'It will be in your messages when we hang up. Bye, Sam!'
for part in "$work"/??.wav; do sox "$part" -r 16000 -c 1 "$part.16k.wav" pad 0.15 0.25; done
sox "$work"/*.16k.wav "$work/call.wav" sinc 250-3500 norm -4
ffmpeg -v error -y -i "$work/call.wav" -ac 1 -ar 16000 -b:a 32k -map_metadata -1 -fflags +bitexact -flags:a +bitexact call.mp3
