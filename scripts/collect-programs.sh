#!/bin/sh
# Copies git, its https helper and ssh, with every library they load except the C library's own, into an empty folder
# laid out like the root of an image. Runs while the image is built; the image itself has no shell.
set -eu
out=$1
core=$(git --exec-path)

mkdir -p "$out/usr/bin" "$out$core"
cp "$(command -v git)" "$(command -v ssh)" "$out/usr/bin/"
cp "$core/git-remote-http" "$out$core/"
ln -s git-remote-http "$out$core/git-remote-https"

# "name => path (address)": the path, by its place under /usr/lib, which is where the image's loader looks.
ldd "$out/usr/bin/git" "$out/usr/bin/ssh" "$out$core/git-remote-http" |
  awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
  while read -r library; do
    case ${library##*/} in
      libc.so.* | libm.so.* | libdl.so.* | libpthread.so.* | libresolv.so.* | librt.so.*) continue ;;
    esac
    place=/usr/lib/$(basename "$(dirname "$library")")
    mkdir -p "$out$place"
    cp -L "$library" "$out$place/"
  done
