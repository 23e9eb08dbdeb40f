//! What is in the packages, read with the tools of each format.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jetway_tests::packages::{make, outcome, package, packages};
use jetway_tests::programs::{program, root};
use serde_json::Value;

/// What a line of shell prints that must succeed.
#[track_caller]
fn shell(line: &str) -> String {
    outcome(Command::new("bash").args(["-euo", "pipefail", "-c", line])).succeeds().stdout
}

/// The programs out of the .deb and the archive, in a folder of their own.
#[track_caller]
fn programs() -> (tempfile::TempDir, [PathBuf; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let (into, deb, archive) = (folder.path().display(), package(packages(), ".deb"), package(packages(), ".tar.gz"));
    shell(&format!("dpkg-deb --extract {} {into}/deb", deb.display()));
    shell(&format!("mkdir {into}/archive; tar -xf {} -C {into}/archive --strip-components 1", archive.display()));
    let found = [folder.path().join("deb/usr/bin/jetway-agent"), folder.path().join("archive/jetway")];
    (folder, found)
}

#[test]
fn the_programs_need_no_newer_c_library_than_amazon_linux_2023_has() {
    let (_folder, programs) = programs();
    for built in programs {
        let symbols = shell(&format!("readelf --version-info --wide {}", built.display()));
        let versions: BTreeSet<(u32, u32)> = symbols
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("GLIBC_"))
            .map(|version| version.split_once('.').unwrap())
            .map(|(major, minor)| (major.parse().unwrap(), minor.split('.').next().unwrap().parse().unwrap()))
            .collect();
        let newest = versions.last().expect("a program for glibc names its versions");
        assert!(*newest <= (2, 34), "{} needs GLIBC_{}.{}", built.display(), newest.0, newest.1);
    }
}

/// All of glibc, and of the compiler's own library: what both packages require.
#[test]
fn the_programs_are_linked_with_nothing_that_their_packages_do_not_require() {
    let (_folder, programs) = programs();
    for built in programs {
        let linked =
            shell(&format!("objdump --private-headers {} | awk '$1 == \"NEEDED\" {{ print $2 }}'", built.display()));
        let known =
            |name: &str| ["libc.so", "libm.so", "libgcc_s.so", "ld-linux"].iter().any(|it| name.starts_with(it));
        assert!(linked.contains("libc.so"), "{linked}");
        assert_eq!(linked.lines().filter(|name| !known(name)).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}

#[test]
fn both_packages_have_the_same_files_with_the_same_owners_and_modes() {
    let (deb, rpm) = (package(packages(), ".deb"), package(packages(), ".rpm"));
    let deb = shell(&format!("dpkg-deb --contents {}", deb.display()));
    let deb: BTreeSet<String> = deb
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| !words[0].starts_with('d'))
        .map(|words| format!("{} {} {}", words[0], words[1], words[5].trim_start_matches('.').trim_end_matches(".gz")))
        .map(|line| line.replace("0/0", "root/root"))
        .collect();
    let format = "[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]";
    let rpm = shell(&format!("rpm --query --package --queryformat '{format}' {}", rpm.display()));
    let rpm: BTreeSet<String> = rpm.lines().map(str::to_owned).collect();
    let apart: Vec<_> = deb.symmetric_difference(&rpm).map(String::as_str).collect();
    let licences = [
        "-rw-r--r-- root/root /usr/share/doc/jetway-agent/copyright",
        "-rw-r--r-- root/root /usr/share/licenses/jetway-agent/LICENSE",
    ];
    assert_eq!(apart, licences, "each kind has its own place for licences alone");
}

#[test]
fn the_packages_say_what_they_are_and_what_they_need() {
    let deb = package(packages(), ".deb");
    let fields = shell(&format!("dpkg-deb --field {} Package Version Architecture Depends", deb.display()));
    let version = env!("CARGO_PKG_VERSION");
    let needs = "ca-certificates, docker.io | docker-ce | moby-engine, libc6 (>= 2.34), libgcc-s1, systemd";
    let processor = if cfg!(target_arch = "x86_64") { ("amd64", "x86_64") } else { ("arm64", "aarch64") };
    let said =
        format!("Package: jetway-agent\nVersion: {version}-1\nArchitecture: {}\nDepends: {needs}\n", processor.0);
    assert_eq!(fields, said);
    let rpm = package(packages(), ".rpm");
    let format = "%{NAME} %{VERSION}-%{RELEASE} %{ARCH}\n[%{REQUIRENAME} %{REQUIREFLAGS:depflags} %{REQUIREVERSION}\n]";
    let said = shell(&format!("rpm --query --package --queryformat '{format}' {}", rpm.display()));
    let mut said: Vec<_> = said.lines().map(str::trim).filter(|line| !line.starts_with("rpmlib(")).collect();
    said[1..].sort_unstable();
    said.dedup();
    let name = format!("jetway-agent {version}-1 {}", processor.1);
    assert_eq!(said, [name.as_str(), "/bin/sh", "ca-certificates", "docker", "glibc >= 2.34", "libgcc", "systemd"]);
}

#[test]
fn the_archive_has_the_program_its_manual_and_completions_for_each_shell() {
    let (folder, [_, jetway]) = programs();
    outcome(Command::new(&jetway).arg("--version")).succeeds().prints(env!("CARGO_PKG_VERSION"));
    let archive = folder.path().join("archive");
    for (file, says) in [
        ("LICENSE", "Apache License"),
        ("README.md", "# Jetway"),
        ("completions/jetway.bash", "complete -F _jetway"),
        ("completions/_jetway", "#compdef jetway"),
        ("completions/jetway.fish", "complete -c jetway"),
        ("man/jetway.1", ".TH jetway 1"),
        ("man/jetway-deploy.1", "jetway\\-deploy"),
    ] {
        let text = fs::read_to_string(archive.join(file)).unwrap();
        assert!(text.contains(says), "{file} does not say {says}");
    }
}

#[test]
fn the_manual_of_the_agent_names_every_command() {
    let help = outcome(Command::new(program("jetway-agent")).arg("--help")).succeeds();
    let commands =
        help.stdout.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let page = fs::read_to_string(root().join("packaging/agent/jetway-agent.8")).unwrap();
    let mut seen = 0;
    for command in commands.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = command.split_whitespace().next().unwrap();
        assert!(
            name == "help" || page.contains(&format!("\n.B {}\n", name.replace('-', "\\-"))),
            "the manual has no `{name}`"
        );
        seen += 1;
    }
    assert!(seen > 3, "{help}");
    let shown = shell(&format!("man --warnings=w -l {}/packaging/agent/jetway-agent.8 2>&1", root().display()));
    assert!(shown.contains("JETWAY-AGENT(8)") && !shown.contains("warning:"), "{shown}");
}

#[test]
fn the_checksums_are_those_of_every_file() {
    let folder = packages();
    shell(&format!("cd {} && sha256sum --check --strict SHA256SUMS", folder.display()));
    let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let listed: BTreeSet<_> = sums.lines().map(|line| line.split("  ").nth(1).unwrap().to_owned()).collect();
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(listed, names.filter(|name| name != "SHA256SUMS").collect());
    assert_eq!(listed.len(), 5);
}

#[test]
fn packages_that_are_made_again_are_the_same_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let again = folder.path().join("again");
    make(&["PROFILE=dev", &format!("OUT={}", again.display())]).succeeds();
    let sums = |folder: &Path| fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    assert_eq!(sums(packages()), sums(&again));
}

/// The crates that a program says it was compiled from: panics name the file, and its path the crate and version.
#[track_caller]
fn compiled_in(program: &Path) -> BTreeSet<String> {
    let found = shell(&format!(
        "strings {} | grep -oE '/registry/src/[^/]+/[A-Za-z0-9_+.-]+/' | cut -d / -f 5 | sort -u",
        program.display()
    ));
    found.lines().map(str::to_owned).collect()
}

#[track_caller]
fn lock_file() -> BTreeSet<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let field = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(&format!("{key} = \""))).unwrap();
        line.trim_end_matches('"').to_owned()
    };
    lock.split("[[package]]")
        .skip(1)
        .map(|package| format!("{}-{}", field(package, "name"), field(package, "version")))
        .collect()
}

#[test]
fn each_bill_of_materials_names_the_crates_that_are_in_its_program() {
    let (_folder, [agent, jetway]) = programs();
    let locked = lock_file();
    for (program, name) in [(agent, "jetway-agent-"), (jetway, "jetway-")] {
        let end = format!("{name}{}-{}.cdx.json", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
        let text = fs::read_to_string(packages().join(end)).unwrap();
        let bill: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((bill["bomFormat"].as_str(), bill["specVersion"].as_str()), (Some("CycloneDX"), Some("1.5")));
        let word = |component: &Value, key: &str| component[key].as_str().unwrap().to_owned();
        let components = bill["components"].as_array().unwrap().iter();
        let named: BTreeSet<_> = components.map(|each| word(each, "name") + "-" + &word(each, "version")).collect();
        let inside = compiled_in(&program);
        assert!(inside.len() > 20, "{} names only {inside:?}", program.display());
        assert_eq!(inside.difference(&named).collect::<Vec<_>>(), Vec::<&String>::new());
        assert_eq!(named.difference(&locked).collect::<Vec<_>>(), Vec::<&String>::new());
        assert!(!text.contains(root().to_str().unwrap()), "the checkout's place is of nobody's interest");
    }
}
