//! The agent's own folder takes nothing any more: it goes on and says so, and its own status is right again as soon as it can be.

use jetway_tests::eventually;
use jetway_tests::fleet::PATIENCE;
use jetway_tests::instance::Instance;
use jetway_tests::shared::Loan;

/// Gives the folder a file system of its own, with what is in it.
const OWN: &str = "mount -t tmpfs -o size=1m,mode=0750,uid=727,gid=727 own /mnt && \
                   cp -a /run/jetway/. /mnt && mount --bind /mnt /run/jetway";

struct Trouble {
    begins: &'static str,
    ends: &'static str,
    reason: &'static str,
    advice: &'static str,
}

const TROUBLES: [Trouble; 2] = [
    Trouble {
        begins: "dd if=/dev/zero of=/run/jetway/filler bs=4k 2>/dev/null || true",
        ends: "rm /run/jetway/filler",
        reason: "the run folder `/run/jetway` cannot be written: No space left on device (os error 28)",
        advice: "free some space there: `sudo du -xah $(findmnt -no TARGET -T /run/jetway) | sort -h | tail` shows what uses it",
    },
    Trouble {
        begins: "mount -o remount,ro /mnt",
        ends: "mount -o remount,rw /mnt",
        reason: "the run folder `/run/jetway` cannot be written: Read-only file system (os error 30)",
        advice: "mount it writable again: sudo mount -o remount,rw $(findmnt -no TARGET -T /run/jetway)",
    },
];

#[test]
fn f24_an_agent_whose_folder_is_full_or_read_only_watches_on_says_so_and_recovers() {
    let loan = Loan::take();
    let instance = loan.instance();
    with_agent_at_rest(&instance, OWN);
    for trouble in &TROUBLES {
        let before = instance.process();
        let restarts = instance.unit("NRestarts");
        // A running agent has a file open there, and what is open for writing cannot become read-only.
        instance
            .sh(&format!("systemctl stop jetway-agent && {{ {}; }} && systemctl start jetway-agent", trouble.begins));
        is_told(&loan, &instance, trouble);
        assert_eq!(instance.process(), before);

        let second = instance.shell("cd / && setpriv --reuid jetway --regid jetway --clear-groups jetway-agent run");
        assert_eq!(second.status.code(), Some(75), "{second:?}");
        instance.sh("docker rm --force $(docker ps --quiet --filter label=jetway.container)");
        eventually("the container is missed and made again", PATIENCE, || {
            instance.get("/version").is_some_and(|(status, _)| status == 200).then_some(())
        });
        assert_ne!(instance.process(), before);
        assert_eq!(instance.unit("NRestarts"), restarts, "systemd had to start it again");

        instance.sh(trouble.ends);
        instance.serves();
        eventually("the agent's process is known", PATIENCE, || {
            (instance.status()["agent"]["process"] == instance.unit("MainPID")).then_some(())
        });
        let log = instance
            .sh("journalctl --no-pager --output cat _PID=$(systemctl show --property MainPID --value jetway-agent)");
        assert_eq!(log.matches(&format!("WARN {}", trouble.reason)).count(), 1, "{log}");
    }
    eventually("nobody is told of it any more", PATIENCE, || {
        (!loan.jetway(&["status", "qa", "--instances"]).stdout.contains("run folder")).then_some(())
    });
    with_agent_at_rest(&instance, "umount /run/jetway /mnt");

    let empty = "mount -t tmpfs -o ro none /media && jetway-agent status --run-dir /media 2>&1; code=$?; umount /media; exit $code";
    let told = instance.answers(empty, 3);
    assert!(told.contains("there is no report: the run folder `/media` cannot be written: Read-only"), "{told}");
}

/// On the machine, to systemd, on the console, and from afar.
#[track_caller]
fn is_told(loan: &Loan, instance: &Instance<'_>, Trouble { reason, advice, .. }: &Trouble) {
    eventually("systemd and the console are told", PATIENCE, || {
        (instance.unit("StatusText").contains(reason) && instance.console().contains(reason)).then_some(())
    });
    let text = instance.answers("jetway-agent status", 1);
    assert!(text.starts_with(&format!("not healthy: {reason}; ")), "{text}");
    assert!(text.contains(&format!("to do: {advice}")), "{text}");
    let text = instance.answers("jetway-agent doctor", 1);
    assert!(text.contains(&format!("fail  run folder    {reason}")) && text.contains(advice), "{text}");
    eventually("it is told from afar", PATIENCE, || {
        let every = loan.jetway(&["status", "qa", "--instances"]).succeeds().stdout;
        every.contains(&format!("serving, but {reason}")).then_some(())
    });
}

#[track_caller]
fn with_agent_at_rest(instance: &Instance<'_>, script: &str) {
    instance.sh(&format!("systemctl stop jetway-agent && {script} && systemctl start jetway-agent"));
    instance.serves();
}
