#!/usr/bin/env bash
# narrow-api.sh: let webserver and daemon reach Kubernetes' API at its own addresses only. The manifests cannot know
# them, so the policy `from-launchers` is open for every address at 443 and 6443 until this has run.
set -euo pipefail
service=$(kubectl --namespace=default get service kubernetes --output=jsonpath='{.spec.clusterIP}')
endpoints=$(kubectl --namespace=default get endpointslices --selector=kubernetes.io/service-name=kubernetes \
    --output=jsonpath='{range .items[*]}{range .endpoints[*]}{range .addresses[*]}{@}{"\n"}{end}{end}{end}')
peers=
for address in $service $endpoints; do
    case $address in *:*) peers+=",{\"ipBlock\":{\"cidr\":\"$address/128\"}}" ;; *) peers+=",{\"ipBlock\":{\"cidr\":\"$address/32\"}}" ;; esac
done
if [ -z "$peers" ]; then
    echo "the addresses of Kubernetes' API are not known here; webserver and daemon may reach any address at 443 and 6443" >&2
    exit 0
fi
kubectl --namespace=sparky patch networkpolicy from-launchers --type=json \
    --patch="[{\"op\":\"add\",\"path\":\"/spec/egress/0/to\",\"value\":[${peers#,}]}]"
