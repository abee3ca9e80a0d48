#!/usr/bin/env bash
# Runs one real OpenSearch node with k-NN and neural-search in the foreground, everything from Maven Central:
#   opensearch.sh DATA_FOLDER HTTP_PORT TRANSPORT_PORT
#   opensearch.sh --fetch                                  only fetches it
# Both ports are on 127.0.0.1. The first call fetches and unpacks 180 MB; later ones only start. The process becomes
# the JVM, so signals reach it. The zips lack the faiss library: an index must name `engine: lucene`, or the first
# vector that is written ends the node.
#   KASS_STACK_CACHE   where the unpacked distribution is kept; read only at run time, shared by many nodes
#   OS_JAVA_HOME       a JDK of 21 or later; found by itself where it is installed in the usual place
#   OS_HEAP            1g     OS_USER  nobody, used when started by root, which OpenSearch refuses
#   OS_C2=1            full JIT: faster vectors once warm, for about twice the work of starting
#   MVN_ARGS           more arguments for mvn
set -euo pipefail
version=3.6.0
if [ "$(id -u)" = 0 ]; then default=/var/tmp/kass-stack; else default=${XDG_CACHE_HOME:-$HOME/.cache}/kass-stack; fi
cache=${KASS_STACK_CACHE:-$default}
home=$cache/opensearch-$version

java=${OS_JAVA_HOME:-}
if [ -z "$java" ]; then
  for folder in "${JAVA_HOME:-}" /usr/lib/jvm/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    major=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$folder/release" 2>/dev/null || true)
    if [ -x "$folder/bin/jar" ] && [ "${major:-0}" -ge 21 ]; then java=$folder; break; fi
  done
fi
[ -n "$java" ] || { echo "OpenSearch needs a JDK of 21 or later: install one, or name it by OS_JAVA_HOME" >&2; exit 1; }

fetch() {
  command -v mvn >/dev/null || { echo "OpenSearch is fetched by Maven: install mvn" >&2; exit 1; }
  local work
  work=$(mktemp -d "$cache/fetching.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  item() {
    echo "<artifactItem><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version><type>zip</type></artifactItem>"
  }
  cat >"$work/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>fetch</artifactId><version>1</version><packaging>pom</packaging>
<build><plugins><plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId>
<version>3.6.1</version><configuration><outputDirectory>$work/zips</outputDirectory><stripVersion>true</stripVersion>
<artifactItems>
$(item org.opensearch.distribution.integ-test-zip opensearch $version)
$(item org.opensearch.plugin opensearch-knn $version.0)
$(item org.opensearch.plugin neural-search $version.0)
</artifactItems></configuration></plugin></plugins></build></project>
POM
  for try in 1 2 3; do
    # shellcheck disable=SC2086 # several arguments
    JAVA_HOME=$java mvn -B -q -ntp ${MVN_ARGS:-} -f "$work/pom.xml" dependency:copy && break
    [ "$try" = 3 ] && exit 1
    sleep 3
  done
  (cd "$work/zips" && sha256sum --quiet -c -) <<SUMS
a91faa1dc1cadc78cb278b4f63847e19e1627a4e9de698e14e7efc14ee37b286  opensearch.zip
ac392ca28a39b3bf290648a422ef30cb149dda2963a9d7feb26060e932341c9a  opensearch-knn.zip
6ef1b206e79391e2e36268e32dc34d27fd8b8a59a8eb0a7393c97d53b038e433  neural-search.zip
SUMS
  local unpacked=$work/opensearch-$version
  (cd "$work" && "$java/bin/jar" xf zips/opensearch.zip)
  local plugin
  for plugin in opensearch-knn neural-search; do
    mkdir "$unpacked/plugins/$plugin"
    (cd "$unpacked/plugins/$plugin" && "$java/bin/jar" xf "$work/zips/$plugin.zip")
  done
  rm -rf "$unpacked/modules/ingest-geoip" # 73 MB of places
  chmod -R a+rX "$unpacked"
  rm -rf "$home"
  mv "$unpacked" "$home"
  rm -rf "$work"
  trap - EXIT
}

mkdir -p "$cache"
exec 9>"$cache/opensearch.lock"
flock 9 # two starts at once must not unpack twice
[ -f "$home/lib/opensearch-$version.jar" ] || fetch
exec 9>&-
[ "${1:-}" = --fetch ] && exit 0

data=${1:?DATA_FOLDER} http=${2:?HTTP_PORT} transport=${3:?TRANSPORT_PORT}
mkdir -p "$data"/{config,data,logs,tmp}
data=$(cd "$data" && pwd)
cp "$home/config/log4j2.properties" "$data/config/"
cat >"$data/config/opensearch.yml" <<YML
cluster.name: kass-$http
node.name: kass-$http
path.data: $data/data
path.logs: $data/logs
network.host: 127.0.0.1
http.port: $http
transport.port: $transport
discovery.type: single-node
cluster.routing.allocation.disk.threshold_enabled: false
YML

as=()
if [ "$(id -u)" = 0 ]; then
  user=${OS_USER:-nobody}
  chown -R "$user" "$data"
  as=(setpriv --reuid="$(id -u "$user")" --regid="$(id -g "$user")" --clear-groups)
  "${as[@]}" test -r "$home/lib/opensearch-$version.jar" -a -w "$data/data" ||
    { echo "$user cannot reach $home or $data: a folder above is closed to others" >&2; exit 1; }
fi
jit=-XX:TieredStopAtLevel=1
[ -n "${OS_C2:-}" ] && jit=-XX:+TieredCompilation
heap=${OS_HEAP:-1g}
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS
cd "$home" # the agent's path is relative, as in the distribution's own start script
exec "${as[@]}" "$java/bin/java" "-Xms$heap" "-Xmx$heap" -Xss1m -XX:+UseG1GC -XX:MaxDirectMemorySize=512m $jit \
  -XX:-OmitStackTraceInFastThrow -XX:ErrorFile="$data/logs/hs_err_pid%p.log" -Djava.io.tmpdir="$data/tmp" \
  -Djava.awt.headless=true -Dfile.encoding=UTF-8 -Djna.nosys=true -Djava.locale.providers=SPI,CLDR \
  -Dio.netty.noUnsafe=true -Dio.netty.noKeySetOptimization=true -Dio.netty.recycler.maxCapacityPerThread=0 \
  -Dio.netty.allocator.numDirectArenas=0 -Dlog4j.shutdownHookEnabled=false -Dlog4j2.disable.jmx=true \
  -Dopensearch.networkaddress.cache.ttl=60 -Dopensearch.networkaddress.cache.negative.ttl=10 \
  --add-modules=jdk.incubator.vector --add-opens=java.base/java.nio=org.apache.arrow.memory.core,ALL-UNNAMED \
  -Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1 -javaagent:agent/opensearch-agent.jar \
  -Dopensearch.path.home="$home" -Dopensearch.path.conf="$data/config" -Dopensearch.distribution.type=zip \
  -Dopensearch.bundled_jdk=false -cp "$home/lib/*" org.opensearch.bootstrap.OpenSearch </dev/null
