#!/bin/bash
# PID 1's child in a kind node: prepares what systemd would have prepared, then keeps containerd and kubelet running.
set -eu

mount -o remount,ro /sys
mount --make-rshared /
[ -e /dev/kmsg ] || ln -s /dev/console /dev/kmsg
[ -e /etc/machine-id ] || tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
rm -f /run/containerd/containerd.sock

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
