//! The agent's package: what is no package of it is refused, and what is one is found by deploys.

use super::*;

/// The SHA-256 of no bytes.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The smallest package that says what it is; its payload is empty.
fn package(name: &str, architecture: &str) -> Vec<u8> {
    package_in(4, name, architecture)
}

/// The same in a format of RPM; the first that says its number in the package is 6.
fn package_in(format: u32, name: &str, architecture: &str) -> Vec<u8> {
    let header = |texts: &[(u32, &str)], format: u32| {
        let (mut entries, mut data) = ([5114, 4, 0, 1].map(u32::to_be_bytes).concat(), format.to_be_bytes().to_vec());
        for (tag, text) in texts {
            let offset = u32::try_from(data.len()).unwrap();
            entries.extend([*tag, 6, offset, 1].map(u32::to_be_bytes).concat());
            data.extend(text.bytes().chain([0]));
        }
        let sizes = [u32::try_from(texts.len() + 1).unwrap(), u32::try_from(data.len()).unwrap()];
        [&[0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0][..], &sizes.map(u32::to_be_bytes).concat(), &entries, &data].concat()
    };
    let mut signature = header(&[(1000, "signature")], format);
    signature.resize(signature.len().next_multiple_of(8), 0);
    let lead = [&[0xed, 0xab, 0xee, 0xdb][..], &[0; 92]].concat();
    let texts = [(1000, name), (1001, "0.1.0"), (1002, "1"), (1022, architecture), (5092, NOTHING)];
    [lead, signature, header(&texts, format)].concat()
}

#[test]
fn a_package_is_stored_where_deploys_find_it() {
    let aws = installed();
    aws.file("agent.rpm", package("jetway-agent", "aarch64"));
    let told = aws.jetway(&["install", "--yes", "--agent-package", "agent.rpm"]).succeeds();
    told.says("jetway-agent 0.1.0-1 for arm64");
    let stored = aws.read(
        "import hashlib\n\
         outputs = client('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
         bucket = next(each['OutputValue'] for each in outputs if each['OutputKey'] == 'StorageBucket')\n\
         get = lambda key: client('s3').get_object(Bucket=bucket, Key=key)['Body'].read()\n\
         current = json.loads(get('jetway-agent/arm64/current.json'))\n\
         current['found'] = 'sha256:' + hashlib.sha256(get(current['key'])).hexdigest()\n\
         print(json.dumps(current))",
    );
    assert_eq!(stored["version"], "0.1.0-1");
    assert_eq!(stored["found"], stored["digest"]);
    aws.jetway(&["install", "--yes", "--agent-package", "agent.rpm"]).succeeds();
}

#[test]
fn what_is_no_package_of_the_agent_is_refused_before_anything_is_made() {
    let aws = Aws::start();
    aws.file("text.rpm", "no package at all");
    aws.file("other.rpm", package("nginx", "aarch64"));
    aws.file("foreign.rpm", package("jetway-agent", "riscv64"));
    aws.file("newer.rpm", package_in(6, "jetway-agent", "aarch64"));
    aws.file("empty.rpm", "");
    for (file, told) in [
        ("missing.rpm", "missing.rpm: No such file or directory"),
        ("text.rpm", "text.rpm: is no RPM package"),
        ("empty.rpm", "empty.rpm: is no RPM package"),
        (".", ".: is no file that can be read twice, but a folder, a pipe or a device"),
        ("/dev/zero", "/dev/zero: is no file that can be read twice"),
        ("newer.rpm", "newer.rpm: is in format 6 of RPM, and instances have one that takes up to 4"),
        ("other.rpm", "other.rpm: is the package `nginx`, not `jetway-agent`"),
        ("foreign.rpm", "foreign.rpm: is for `riscv64`; instances are aarch64 or x86_64"),
    ] {
        aws.jetway(&["install", "--yes", "--agent-package", file]).exits(2).says(told);
    }
    assert_eq!(aws.calls("CreateStack"), 0);
}
