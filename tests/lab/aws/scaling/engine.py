"""What drives every group: launches and terminations, lifecycle hooks and their ends, replacements, planned changes."""

from __future__ import annotations

import time
import traceback
import uuid
from datetime import datetime

from ..lab import lab, now
from . import health, launching
from .model import Activity, Group, Member, groups, timestamp

TICK = 0.02
RETRY = 0.5


def run() -> None:
    """Looks at every group, again and again."""
    while not lab.stopping.is_set():
        groups.changed.wait(TICK)
        groups.changed.clear()
        with groups.lock:
            every = list(groups.all)
        for group in every:
            try:
                tend(group)
            except Exception:
                traceback.print_exc()


def tend(group: Group) -> None:
    """One look at one group."""
    _run_scheduled(group)
    _move_members(group)
    _replace_unhealthy(group)
    _scale(group)


def _run_scheduled(group: Group) -> None:
    if "ScheduledActions" in group.suspended:
        return
    for name, action in list(group.scheduled.items()):
        start = action.get("StartTime")
        if start is not None and start.timestamp() <= now():
            run_scheduled(group, name)


def run_scheduled(group: Group, name: str) -> None:
    """Does what is planned, now."""
    with groups.lock:
        action = group.scheduled.pop(name)
        if "MinSize" in action:
            group.minimum = action["MinSize"]
        if "MaxSize" in action:
            group.maximum = action["MaxSize"]
        if "DesiredCapacity" in action:
            group.desired = action["DesiredCapacity"]
        group.desired = min(max(group.desired, group.minimum), group.maximum)
        group.cause = (
            f"a scheduled action update of AutoScalingGroup constraints to min: {group.minimum}, max: "
            f"{group.maximum}, desired: {group.desired}"
        )


def _move_members(group: Group) -> None:
    for member in list(group.members):
        if member.state == "Pending":
            _enter(group, member, "LAUNCHING", "Pending:Wait", "Pending:Proceed")
        if member.state == "Pending:Wait":
            _wait(group, member, "Pending:Proceed")
        if member.state == "Pending:Proceed":
            if member.abandoned:
                terminate(
                    group,
                    member,
                    "an instance was taken out of service in response to a launch failure or an "
                    "abandoned lifecycle action.",
                    failed=True,
                )
                continue
            _serve(group, member)
        if member.state == "Terminating":
            _enter(group, member, "TERMINATING", "Terminating:Wait", "Terminating:Proceed")
        if member.state == "Terminating:Wait":
            _wait(group, member, "Terminating:Proceed")
        if member.state == "Terminating:Proceed":
            _finish(group, member)


def _enter(group: Group, member: Member, transition: str, held: str, free: str) -> None:
    hooks = group.hooks_for(transition)
    with groups.lock:
        member.waits = {each.name: (str(uuid.uuid4()), now() + lab.scaled(each.timeout)) for each in hooks}
        member.state = held if hooks else free
        if hooks and member.activity:
            member.activity.status = "MidLifecycleAction"


def _wait(group: Group, member: Member, free: str) -> None:
    with groups.lock:
        for name, (_, deadline) in list(member.waits.items()):
            hook = group.hooks.get(name)
            if hook is None:
                del member.waits[name]
            elif now() > deadline:
                complete(group, member, name, hook.default)
        if not member.waits:
            member.state = free


def complete(group: Group, member: Member, name: str, result: str) -> None:
    """Ends what a hook holds."""
    member.waits.pop(name, None)
    if result == "ABANDON":
        member.abandoned = True
        # One abandoned hook ends all of them.
        member.waits.clear()


def _serve(group: Group, member: Member) -> None:
    with groups.lock:
        member.state, member.served = "InService", now()
        if member.activity:
            member.activity.end("Successful")
        if "AddToLoadBalancer" not in group.suspended:
            for target in group.targets:
                health.register(target, member.id)


def terminate(group: Group, member: Member, cause: str, failed: bool = False) -> None:
    """Begins to take an instance away."""
    with groups.lock:
        if member.leaving:
            return
        if failed and member.activity:
            member.activity.end(
                "Cancelled" if member.abandoned else "Failed",
                "Instance failed to complete user's Lifecycle Action: Lifecycle Action was abandoned: "
                "Lifecycle Action Completed with ABANDON Result",
            )
        member.activity = Activity(f"Terminating EC2 instance: {member.id}", _at(cause), "InProgress")
        group.activities.insert(0, member.activity)
        for target in group.targets:
            health.deregister(target, member.id)
        member.state = "Terminating"
        member.abandoned = False


def _finish(group: Group, member: Member) -> None:
    if any(health.is_draining(target, member.id) for target in group.targets):
        return
    launching.terminate(group, member)
    with groups.lock:
        if member.player is not None:
            member.player.stop()
        member.state = "Terminated"
        if member.activity:
            member.activity.end("Successful")
        group.members.remove(member)


def _replace_unhealthy(group: Group) -> None:
    if "ReplaceUnhealthy" in group.suspended:
        return
    for member in list(group.members):
        if member.state != "InService":
            continue
        if member.health == "Unhealthy":
            terminate(group, member, "an instance was taken out of service in response to a user health-check.")
        elif group.health_check == "ELB" and now() > member.served + lab.scaled(group.grace):
            states = [health.state_of(target, member.id)["State"] for target in group.targets]
            if "unhealthy" in states:
                member.health = "Unhealthy"
                terminate(
                    group,
                    member,
                    "an instance was taken out of service in response to an ELB system health check failure.",
                )


def _scale(group: Group) -> None:
    staying = [each for each in group.members if not each.leaving]
    if len(staying) > group.desired and "Terminate" not in group.suspended:
        waiting_first = sorted(
            staying, key=lambda each: (each.state == "InService", each.health == "Healthy", each.born)
        )
        for member in waiting_first[: len(staying) - group.desired]:
            before, after = len(staying), group.desired
            terminate(
                group,
                member,
                f"{group.cause or 'a user request'} changing the desired capacity from {before} to "
                f"{after}.  An instance was taken out of service in response to a difference "
                "between desired and actual capacity, shrinking the capacity.",
            )
    if len(staying) < group.desired and "Launch" not in group.suspended and not group.deleting:
        if now() < group.retry_at:
            return
        for _ in range(group.desired - len(staying)):
            if not _launch(group):
                group.retry_at = now() + RETRY
                return


def _launch(group: Group) -> bool:
    cause = (
        f"{group.cause or 'a user request'} changing the desired capacity from {len(group.members)} to "
        f"{group.desired}.  An instance was started in response to a difference between desired and actual capacity, "
        "increasing the capacity."
    )
    activity = Activity("Launching a new EC2 instance", _at(cause))
    with groups.lock:
        group.activities.insert(0, activity)
    subnet = group.subnets[group.launches % len(group.subnets)]
    group.launches += 1
    try:
        member = launching.launch(group, subnet)
    except launching.LaunchFailed as error:
        activity.description = "Launching a new EC2 instance.  Status Reason: " + error.reason
        activity.end("Failed", error.reason)
        return False
    with groups.lock:
        activity.description = f"Launching a new EC2 instance: {member.id}"
        activity.details = f'{{"Subnet ID":"{subnet}","Availability Zone":"{member.zone}"}}'
        member.activity = activity
        group.members.append(member)
    launching.play(group, member)
    return True


def _at(cause: str) -> str:
    moment: datetime = timestamp()
    return f"At {moment.strftime('%Y-%m-%dT%H:%M:%SZ')} {cause}"


def wait_until_gone(group: Group) -> None:
    """Waits until a group that shall go has no instance any more."""
    while group.members and not lab.stopping.is_set():
        time.sleep(TICK)
