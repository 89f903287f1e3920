#!/bin/bash
# PID 1's child in a kind node: prepares what systemd would have prepared, then keeps containerd and kubelet running.
set -eu

mount -o remount,ro /sys
mount --make-rshared /
[ -e /dev/kmsg ] || ln -s /dev/console /dev/kmsg
[ -e /etc/machine-id ] || tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
rm -f /run/containerd/containerd.sock

# Docker hands on the search domains of the network around; an empty list of kind's means: none.
if [ "${KIND_DNS_SEARCH-unset}" = "" ]; then
    sed '/^search/d' /etc/resolv.conf > /tmp/resolv.conf && cat /tmp/resolv.conf > /etc/resolv.conf
fi

# Docker may give the node another address when it starts again: what names the old one is changed, as in kind's own node.
address=$(getent ahostsv4 "$(hostname)" | awk 'NR == 1 { print $1 }')
if [ -n "$address" ] && [ -s /kind/old-ipv4 ] && [ "$(cat /kind/old-ipv4)" != "$address" ]; then
    old=$(sed 's/\./\\./g' /kind/old-ipv4)
    for file in /etc/kubernetes/manifests/*.yaml /etc/kubernetes/*.conf /kind/kubeadm.conf \
        /var/lib/kubelet/kubeadm-flags.env; do
        [ ! -f "$file" ] || sed -i "s/\b$old\b/$address/g" "$file"
    done
    if [ -f /etc/kubernetes/pki/apiserver.key ]; then
        rm -f /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/apiserver.key
        kubeadm init phase certs apiserver --config /kind/kubeadm.conf
    fi
fi
[ -z "$address" ] || printf %s "$address" > /kind/old-ipv4

keep_running() { # name, command...
    local name=$1; shift
    while true; do
        "$@" >> "/var/log/$name.log" 2>&1 || true
        echo "$name ended; starting it again in 1 s"
        sleep 1
    done
}

kubelet() {
    # kubeadm writes both files; until then there is nothing to run.
    until [ -s /var/lib/kubelet/config.yaml ] && [ -s /var/lib/kubelet/kubeadm-flags.env ]; do sleep 0.2; done
    . /var/lib/kubelet/kubeadm-flags.env
    # shellcheck disable=SC2086 # the variable holds several flags
    /usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \
        --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml \
        ${KUBELET_KUBEADM_ARGS:-} --runtime-cgroups=/system.slice/containerd.service
}

keep_running containerd containerd --log-level warn &
until ctr version > /dev/null 2>&1; do sleep 0.1; done

# What kind waits for: the first line on cgroup v1, systemd's line on cgroup v2.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    echo "Reached target Multi-User System (containerd runs; there is no systemd here)"
else
    echo "detected cgroup v1"
fi

keep_running kubelet kubelet &
wait
