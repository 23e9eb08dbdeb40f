# Before the files go: $1 is 0 at a removal, more at an upgrade. Docker, the containers and their slice are left alone.
# shellcheck shell=sh
if [ "$1" -eq 0 ]; then
    if [ -d /run/systemd/system ]; then
        systemctl stop jetway-agent.service jetway-imds.service
    fi
    systemctl --quiet disable jetway-agent.service jetway-imds.service
fi
