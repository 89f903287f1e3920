#!/bin/sh
# Renders the configuration into /tmp, the only place that can be written, and becomes nginx.
#   BACKEND_URL  where /api/ goes. nginx looks the name up itself, without the search domains of
#                /etc/resolv.conf, so inside Kubernetes it has to be a full name.
set -eu
BACKEND_URL=${BACKEND_URL:-http://backend:8000}
RESOLVER=${RESOLVER:-$(awk '$1 == "nameserver" { print ($2 ~ /:/) ? "[" $2 "]" : $2 }' /etc/resolv.conf | tr '\n' ' ')}
sed -e "s|\${BACKEND_URL}|$BACKEND_URL|" -e "s|\${RESOLVER}|${RESOLVER:-127.0.0.11}|" \
    /etc/nginx/app.conf.template > /tmp/nginx.conf
exec nginx -c /tmp/nginx.conf -g 'daemon off;'
