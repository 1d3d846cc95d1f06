#!/bin/bash
# Install Java, Maven and a display, and fetch what Maven needs. Does nothing when all of it is there.
set -euo pipefail
cd "$(dirname "$0")"

# The dialogs of the ImageJ plugin are tested on a display, which a Java of name "headless" cannot use.
java_home=$(dirname "$(dirname "$(readlink -f "$(command -v javac || echo /none/none)")")")
missing=()
[ -f "$java_home/lib/libawt_xawt.so" ] || missing+=(default-jdk fonts-dejavu-core)
command -v mvn >/dev/null || missing+=(maven)
command -v Xvfb >/dev/null || missing+=(xvfb)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  else
    echo "The Java tests need: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

# What Maven fetches lies in .repository.
fetched=.repository/.fetched
poms=(pom.xml client/pom.xml ../imagej/pom.xml ../qupath/pom.xml)
if ! cat "${poms[@]}" | cmp -s - "$fetched"; then
  mvn --quiet --batch-mode --no-transfer-progress -Dmaven.repo.local="$PWD/.repository" package -DskipTests
  cat "${poms[@]}" > "$fetched"
fi
