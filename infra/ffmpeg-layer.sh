#!/bin/sh
# Builds the optional Lambda layer of `store`: an ffmpeg that decodes audio from a file or a pipe to PCM, and has nothing
# else in it. From Debian's source package, so that its security fixes come with `apt-get update`.
#
#   sh infra/ffmpeg-layer.sh [arm64|x86_64]    writes ffmpeg-layer-<arch>.zip where you stand; see docs/ffmpeg-layer.md
set -eu
umask 022 # Lambda runs it as another user
arch=${1:-arm64}

# What telephone systems write and people send, by ffmpeg's names. No protocol but file and pipe, no encoder but PCM.
demuxers=wav,w64,aiff,caf,au,mp3,ogg,matroska,mov,flac,aac,amr,amrnb,amrwb,asf,gsm
telephone=gsm,gsm_ms,g723_1,g729,ilbc,speex,truespeech,amrnb,amrwb
adpcm=adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,adpcm_ima_oki,adpcm_g722,adpcm_g726,adpcm_g726le,adpcm_yamaha
music=mp1float,mp2float,mp3float,aac,aac_latm,ac3,eac3,opus,vorbis,flac,alac
windows=wmav1,wmav2,wmavoice,wmapro,wmalossless
parsers=aac,aac_latm,ac3,amr,flac,g723_1,g729,gsm,mpegaudio,opus,vorbis

fail() {
  echo "ffmpeg-layer: $1" >&2
  exit 1
}

case $arch in
  arm64) debian=arm64 triplet=aarch64-linux-gnu compiler=gcc-aarch64-linux-gnu ;;
  x86_64) debian=amd64 triplet=x86_64-linux-gnu compiler=gcc-x86-64-linux-gnu ;;
  *) fail "Lambda has no '$arch': say arm64 or x86_64" ;;
esac

missing=
lacks() { case "$missing " in *" $1 "*) ;; *) missing="$missing $1" ;; esac }
needs() { command -v "$1" >/dev/null || lacks "$2"; }
needs apt-get apt
needs dpkg dpkg
[ -z "$missing" ] || fail 'this needs apt and dpkg: run it on Debian, or in a container of it'
for tool in dpkg-source make gcc; do needs $tool build-essential; done
needs zip zip
[ "$arch" = arm64 ] || needs nasm nasm
libc=libc6-dev
if [ "$(dpkg --print-architecture)" != $debian ]; then
  libc=libc6-dev-$debian-cross
  needs $triplet-gcc $compiler
  dpkg --status $libc >/dev/null 2>&1 || lacks $libc
fi
[ -z "$missing" ] || fail "first: apt-get install$missing"
[ -n "$(apt-cache showsrc ffmpeg 2>/dev/null)" ] ||
  fail "apt has no source packages: in its sources make 'Types: deb' into 'Types: deb deb-src', then apt-get update"

script=$(realpath "$0")
zip=$PWD/ffmpeg-layer-$arch.zip
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get source -qq --only-source ffmpeg
cd ffmpeg-*/
version=$(dpkg-parsechangelog -S Version)

# Debian's compilers bear the triplet's name where they are native, too. Static, as a layer has no say in the libraries
# of the runtime; hardened, as what it reads comes from strangers. Without --enable-gpl it is under LGPL-2.1.
set -- --arch="$arch" --target-os=linux --enable-cross-compile --cross-prefix=$triplet- --extra-version="${version#*-}" \
  --disable-everything --disable-autodetect --disable-network --disable-debug --disable-doc \
  --disable-programs --enable-ffmpeg --disable-avdevice --disable-swscale \
  --enable-protocol=file,pipe --enable-demuxer=$demuxers --enable-parser=$parsers \
  --enable-decoder="pcm_*,$adpcm,$telephone,$music,$windows" \
  --enable-filter=aresample,aformat,anull,abuffer,abuffersink --enable-encoder=pcm_s16le --enable-muxer=pcm_s16le,null \
  --enable-pic --extra-cflags='-fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2' \
  --extra-ldflags='-static-pie -Wl,-z,relro,-z,now'
./configure "$@"
grep -q '"LGPL version 2.1 or later"' config.h || fail 'it would not be under LGPL-2.1'
make -j"$(nproc)" ffmpeg

layer=$work/layer
notices=$layer/share/doc/ffmpeg
mkdir -p "$layer/bin" "$notices"
install -m 755 ffmpeg "$layer/bin/ffmpeg"
cp COPYING.LGPLv2.1 LICENSE.md debian/copyright "$script" "$notices"
cp "/usr/share/doc/$libc/copyright" "$notices/copyright.glibc"
cat >"$notices/README" <<END
ffmpeg-layer.sh beside this file built bin/ffmpeg from Debian's source packages, unchanged:
ffmpeg $version, with glibc $(dpkg-query -W -f '${Version}' "$libc") ($libc) linked in.
Both are under LGPL-2.1 or later: COPYING.LGPLv2.1, copyright, copyright.glibc.
END
# The same packages make the same zip, bit for bit.
find "$layer" -exec touch -d "@$(dpkg-parsechangelog -S Timestamp)" {} +
rm -f "$zip"
cd "$layer"
find . -type f | LC_ALL=C sort | TZ=UTC zip -qX9 "$zip" -@
echo "$zip: $(stat -c %s "$zip") bytes, bin/ffmpeg $(stat -c %s bin/ffmpeg)"
