#!/usr/bin/env bash
# Builds the image where there is no container engine and no registry of images, and tries it: Debian's packages make
# the base, `buildah` builds on it, `try.ts` runs both commands as the image says. Needs Debian, root, Node 24 and npm.
#   tools/image/build.sh [ARCHIVE]    writes the image there too, for `docker load`, when given
# The last line is `N passed, N failed`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
archive=${1:-}
suite=bookworm
image=localhost/kass
PATH="$PWD/node_modules/.bin:$PATH"

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}
[ "$(id -u)" = 0 ] || fail 'Building here needs root: it mounts file systems.'
node -e 'process.exit(parseInt(process.versions.node) >= 24 ? 0 : 1)' || fail 'Node 24 is needed: run npm ci first.'
command -v npm >/dev/null || fail 'npm is needed.'

work=$(mktemp -d)
build() { buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }
clean() {
  build rm --all >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean EXIT

step() { printf '== image: %s (%d s)\n' "$1" $SECONDS; }

step 'tools'
missing=()
for tool in buildah mmdebstrap; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if [ ${#missing[@]} -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

step "base: Debian $suite with the Node of this folder and npm"
mmdebstrap --quiet --variant=essential --include=ca-certificates,libstdc++6 "$suite" "$work/base.tar"
base=$(build from scratch)
build add -q "$base" "$work/base.tar" / >/dev/null
rm "$work/base.tar"
build copy -q --chmod 755 "$base" "$(node -p process.execPath)" /usr/local/bin/node >/dev/null
build copy -q "$base" "$(dirname "$(readlink -f "$(command -v npm)")")/.." /usr/local/lib/node_modules/npm >/dev/null
build run --isolation chroot "$base" -- ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
# Whom this machine trusts is needed while building only: the Dockerfile empties /tmp, and its last stage takes no variables
# over.
trusted=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
if [ -f "$trusted" ]; then
  build copy -q --chmod 644 "$base" "$trusted" /tmp/trusted.crt >/dev/null
  build config --env NODE_EXTRA_CA_CERTS=/tmp/trusted.crt "$base"
fi
build commit -q --rm "$base" "$image-base" >/dev/null

step 'image'
# The format of OCI has no health checks.
build bud --isolation chroot --format docker --pull-never --quiet -t "$image" \
  --build-arg BASE="$image-base" \
  --build-arg VERSION="$(node -p 'require("./package.json").version')" \
  --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
  --build-arg CREATED="$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
  . >/dev/null
build inspect --type image "$image" >"$work/image.json"
container=$(build from --pull-never "$image")
root=$(build mount "$container")

step 'size'
printf 'The image has %s MB; packed for transport it has %s MB.\n' \
  "$(du -s --apparent-size --block-size=1000000 "$root" | cut -f1)" \
  "$(tar -C "$root" -cf - . | gzip -6 | wc -c | awk '{ printf "%d", $1 / 1000000 }')"
du --apparent-size --block-size=1000000 -s "$root"/usr/local/bin/node "$root"/app/node_modules "$root"/app | sed "s|$root||"

if [ -n "$archive" ]; then
  step "archive: $archive"
  build push -q "$image" "docker-archive:$archive:kass:local"
fi

step 'try'
node tools/image/try.ts "$root" "$work/image.json" "$work/volume"
