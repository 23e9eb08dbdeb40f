#!/bin/sh
# What the agent's packages do after their files are there: user, folder, Docker's settings, and the new program in place of the
# one that runs. It may run any number of times, and where systemd does not run, as while an image is built.
set -eu

settings=/etc/docker/daemon.json

# sd_booted(3)
systemd_runs() { [ -d /run/systemd/system ]; }

# Only where there are none: whoever has set up Docker knows better.
set_up_docker() {
    if [ -e "$settings" ] || [ -L "$settings" ]; then
        return 0
    fi
    install -D -m 0644 /usr/share/jetway-agent/daemon.json "$settings"
    if systemd_runs && systemctl is-active --quiet docker.service; then
        # Without live-restore, which these settings bring, a restart of Docker stops its containers: not ours to decide.
        echo "jetway-agent: $settings counts once Docker is restarted: systemctl restart docker" >&2
    fi
}

# What runs is replaced, and nothing else is started. Nobody waits for it: the agent counts as started once its release serves,
# which on an instance whose release failed is never, and dpkg and rpm would wait as long.
restart_units() {
    systemctl daemon-reload
    systemctl --no-block try-restart jetway-imds.service jetway-agent.service
}

systemd-sysusers jetway.conf
systemd-tmpfiles --create jetway.conf
set_up_docker
if systemd_runs; then
    restart_units
fi
