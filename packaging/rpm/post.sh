# After the files are there: $1 is 1 at the first installation, more at an upgrade.
# shellcheck shell=sh
/usr/libexec/jetway-agent/setup
if [ "$1" -eq 1 ]; then
    systemctl --quiet enable jetway-agent.service jetway-imds.service
fi
