//! The same for programs, as JSON.

use crate::two_versions;

#[test]
fn programs_are_told_the_same_in_json() {
    let world = two_versions();
    assert_told!(world, "--json config set local LEVEL=debug", @r#"
    exit 0
    -- stdout
    {
      "application": "hello",
      "environment": "local",
      "version": "c3",
      "stored": true,
      "added": [],
      "changed": [
        "LEVEL"
      ],
      "removed": []
    }
    -- stderr
    `jetway deploy local` releases it
    "#);
    assert_told!(world, "--json config list local", @r#"
    exit 0
    -- stdout
    {
      "application": "hello",
      "at": "TIME",
      "by": "ann@host",
      "environment": "local",
      "names": [
        {
          "changed_in": "c1",
          "name": "GREETING"
        },
        {
          "changed_in": "c2",
          "name": "KEY"
        },
        {
          "changed_in": "c3",
          "name": "LEVEL"
        }
      ],
      "version": "c3"
    }
    -- stderr
    c3 of hello in local, by ann@host
    "#);
    assert_told!(world, "--json config list local --reveal -q", @r#"
    exit 0
    -- stdout
    {
      "application": "hello",
      "at": "TIME",
      "by": "ann@host",
      "environment": "local",
      "names": [
        {
          "changed_in": "c1",
          "name": "GREETING",
          "value": "hello there"
        },
        {
          "changed_in": "c2",
          "name": "KEY",
          "value": "c4n4ry-s3cr3t"
        },
        {
          "changed_in": "c3",
          "name": "LEVEL",
          "value": "debug"
        }
      ],
      "version": "c3"
    }
    "#);
    assert_told!(world, "--json config get local LEVEL", @r#"
    exit 0
    -- stdout
    {
      "changed_in": "c3",
      "config": "c3",
      "name": "LEVEL"
    }
    -- stderr
    the value is masked; --reveal shows it
    "#);
    assert_told!(world, "--json config get local LEVEL --reveal", @r#"
    exit 0
    -- stdout
    {
      "changed_in": "c3",
      "config": "c3",
      "name": "LEVEL",
      "value": "debug"
    }
    "#);
}

#[test]
fn programs_are_told_of_changes_in_json() {
    let world = two_versions();
    world.jetway("config set local LEVEL=debug").ok();
    assert_told!(world, "--json config unset local LEVEL", @r#"
    exit 0
    -- stdout
    {
      "application": "hello",
      "environment": "local",
      "version": "c4",
      "stored": true,
      "added": [],
      "changed": [],
      "removed": [
        "LEVEL"
      ]
    }
    -- stderr
    `jetway deploy local` releases it
    "#);
    assert_told!(world, "--json config export local --reveal", @r#"
    exit 0
    -- stdout
    {
      "GREETING": "hello there",
      "KEY": "c4n4ry-s3cr3t"
    }
    "#);
    assert_told!(world, "--json config history local KEY", @r#"
    exit 0
    -- stdout
    {
      "application": "hello",
      "environment": "local",
      "versions": [
        {
          "added": [
            "KEY"
          ],
          "at": "TIME",
          "by": "ann@host",
          "changed": [],
          "removed": [],
          "version": "c2"
        }
      ]
    }
    "#);
    assert_told!(world, "--json config diff local c1 c4", @r#"
    exit 1
    -- stdout
    {
      "added": [
        "KEY"
      ],
      "changed": [],
      "from": "c1",
      "removed": [
        "LEVEL"
      ],
      "to": "c4"
    }
    -- stderr
    c1 and c4: different
    "#);
    assert_told!(world, "--json config list qa", @r#"
    exit 2
    -- stdout
    {"error":{"because":[],"hint":"name one with --region, or set AWS_REGION","message":"no AWS region is named: not in jetway.toml, in installation.toml or in the AWS settings"}}
    -- stderr
    error: no AWS region is named: not in jetway.toml, in installation.toml or in the AWS settings
    hint: name one with --region, or set AWS_REGION
    "#);
}
