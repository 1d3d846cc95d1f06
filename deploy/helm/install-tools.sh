#!/bin/sh
# Installs what the tests of the chart need into the user's cache: helm and kubeconform (by Go, some minutes), and the
# schemas of Kubernetes (by pip), rewritten as kubeconform reads them. deploy.test.ts skips what is not there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/restain/helm
mkdir -p "$cache"
[ -x "$cache/kubeconform" ] || GOBIN="$cache" go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
[ -x "$cache/helm" ] || GOBIN="$cache" go install helm.sh/helm/v3/cmd/helm@v3.22.0
if [ ! -e "$cache/schemas/deployment-apps-v1.json" ]; then
  wheel=$(mktemp -d)
  python3 -m pip download -q --no-deps -d "$wheel" kubernetes-validate==1.37.0
  python3 "$here/flatten-schemas.py" "$wheel"/*.whl v1.33.0 "$cache/schemas"
  rm -r "$wheel"
fi
echo "$cache"
