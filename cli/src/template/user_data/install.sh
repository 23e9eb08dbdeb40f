# The first boot of a stock AMI. What the release decides is set by the lines before.
export AWS_DEFAULT_REGION="$region" AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=10
step=start
# A line as the agent writes it, which the CLI reads from the serial console.
tell() {
  printf 'jetway: {"at":"%s","phase":"failed","failure":{"phase":"identify","reason":"%s","hint":"%s"}}\n' \
    "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" "the first boot failed: $1" \
    "on an instance that is kept (--keep-failed), /var/log/cloud-init-output.log says more" |
    tee /dev/console >&2 || true
}
# Up to twice more: an instance can be quicker than its way out of a new network.
again() { "$@" || { sleep 5 && "$@"; } || { sleep 5 && "$@"; }; }
metadata() {
  at=http://169.254.169.254/latest
  token=$(curl --fail --silent --retry 5 --request PUT --header "X-aws-ec2-metadata-token-ttl-seconds: 60" "$at/api/token") &&
    curl --fail --silent --retry 5 --header "X-aws-ec2-metadata-token: $token" "$at/meta-data/$1"
}
# As the agent does: the stack decides while it waits for signals, and may keep the instance to be looked at; the group replaces
# what a stack that is complete has no use for. Whoever was not told lets the time of the launch run out.
finish() {
  [ "$1" -ne 0 ] || return 0
  tell "$step"
  id=$(metadata instance-id) || return 0
  refusal=
  answer=$(aws cloudformation signal-resource --stack-name "$stack" --logical-resource-id "$resource" \
    --unique-id "$id" --status FAILURE 2>&1) || refusal=$answer
  echo "$answer" >&2
  group=$(metadata tags/instance/aws:autoscaling:groupName) || return 0
  held="--auto-scaling-group-name $group --instance-id $id --lifecycle-hook-name"
  case $refusal in
  "" | *" is in CREATE_FAILED "* | *" is in ROLLBACK_"* | *" is in DELETE_"*)
    meanwhile="record-lifecycle-action-heartbeat $held $launch_hook"
    ;;
  *"can not be signaled"*) meanwhile="complete-lifecycle-action $held $launch_hook --lifecycle-action-result ABANDON" ;;
  *) return 0 ;;
  esac
  # Until the instance is to end, and then without the time that an agent would have. A call that fails decides nothing.
  systemd-run --quiet --unit jetway-first-boot-failed --description "Jetway: ends with the instance" \
    --setenv AWS_DEFAULT_REGION="$region" sh -c "
    until aws autoscaling complete-lifecycle-action $held $terminate_hook --lifecycle-action-result CONTINUE; do
      aws autoscaling $meanwhile
      sleep 10
    done
  " || true
}
trap 'finish "$?"' EXIT
step="Docker and the CloudWatch agent cannot be installed"
again dnf --assumeyes install docker amazon-cloudwatch-agent
step="Docker does not start"
systemctl enable --now docker.service
step="the CloudWatch agent does not start"
"$log_agent" -a fetch-config -m ec2 -s -c "file:$log_settings"
step="the agent's package $key cannot be downloaded"
package=/var/cache/jetway-agent.rpm
aws s3api get-object --bucket "$bucket" --key "$key" --expected-bucket-owner "$account" "$package" >/dev/null
step="the agent's package is not the one that the release was made with"
echo "$digest  $package" | sha256sum --check --strict
step="the agent's package cannot be installed"
again dnf --assumeyes install "$package"
rm -f "$package"
step="the agent does not start"
systemctl enable "$unit"
systemctl start --no-block "$unit"
