//! Values set, listed, read and compared.

use std::fs;

use crate::support::World;
use crate::two_versions;

#[test]
fn a_config_is_set_listed_and_read() {
    let world = World::new();
    assert_told!(world, "config list local", @"
    exit 0
    -- stderr
    hello has no config in local
    ");
    assert_told!(world, "config set local GREETING=hello LEVEL=info", @"
    exit 0
    -- stdout
    c1 of hello in local: +GREETING +LEVEL
    -- stderr
    `jetway deploy local` releases it
    ");
    assert_told!(world, "config set local GREETING=hello", @"
    exit 0
    -- stdout
    nothing changed: hello in local still has c1
    ");
    assert_told!(world, "config set local GREETING=bye", @"
    exit 0
    -- stdout
    c2 of hello in local: ~GREETING
    -- stderr
    `jetway deploy local` releases it
    ");
    assert_told!(world, "config list local", @"
    exit 0
    -- stdout
    NAME      CHANGED IN  VALUE
    GREETING  c2          ********
    LEVEL     c1          ********
    -- stderr
    c2 of hello in local, by ann@host
    ");
    assert_told!(world, "config list local --reveal", @"
    exit 0
    -- stdout
    NAME      CHANGED IN  VALUE
    GREETING  c2          bye
    LEVEL     c1          info
    -- stderr
    c2 of hello in local, by ann@host
    ");
    assert_told!(world, "config get local GREETING", @"
    exit 0
    -- stdout
    ********
    -- stderr
    the value is masked; --reveal shows it
    ");
    assert_told!(world, "config get local GREETING --reveal", @"
    exit 0
    -- stdout
    bye
    ");
    assert_told!(world, "config unset local LEVEL", @"
    exit 0
    -- stdout
    c3 of hello in local: -LEVEL
    -- stderr
    `jetway deploy local` releases it
    ");
    assert_told!(world, "config history local", @"
    exit 0
    -- stdout
    VERSION  WHEN                     BY  NAMES
    c3       TIME  ann@host  -LEVEL
    c2       TIME  ann@host  ~GREETING
    c1       TIME  ann@host  +GREETING +LEVEL
    ");
    assert_told!(world, "config history local LEVEL", @"
    exit 0
    -- stdout
    VERSION  WHEN                     BY  NAMES
    c3       TIME  ann@host  -LEVEL
    c1       TIME  ann@host  +GREETING +LEVEL
    ");
}

#[test]
fn versions_are_compared_by_name() {
    let world = two_versions();
    world.jetway("config unset local LEVEL").ok();
    world.jetway("config set local GREETING=bye").ok();
    assert_told!(world, "config diff local", @"
    exit 1
    -- stdout
    + GREETING
    + KEY
    -- stderr
    no release is live: compared with no config
    no config and c4: different
    ");
    assert_told!(world, "config diff local c1", @"
    exit 1
    -- stdout
    + KEY
    ~ GREETING
    - LEVEL
    -- stderr
    c1 and c4: different
    ");
    assert_told!(world, "config diff local c4 c1", @"
    exit 1
    -- stdout
    + LEVEL
    ~ GREETING
    - KEY
    -- stderr
    c4 and c1: different
    ");
    assert_told!(world, "config diff local c2 c2", @"
    exit 0
    -- stderr
    c2 and c2: the same names and values
    ");
    assert_told!(world, "config diff local c9", @"
    exit 2
    -- stderr
    error: there is no config c9 of hello in local
    hint: `jetway config history local` lists them
    ");
    fs::write(world.stored("config/c4.json"), "{}").unwrap();
    assert_told!(world, "config diff local c1", @"
    exit 2
    -- stderr
    error: `jetway/local/hello/config/c4.json` cannot be used: the sealed config is damaged: not its JSON
    ");
}
