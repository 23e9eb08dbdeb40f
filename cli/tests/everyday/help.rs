//! What the program says of itself.

use clap::CommandFactory as _;

use crate::support::World;

#[test]
fn completions_and_manual_are_made_from_the_commands() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = world.jetway(&format!("completions {shell}")).ok().stdout;
        assert!(script.contains("rollback") && script.contains("jetway"), "{shell}");
        assert_eq!(world.jetway(&format!("completions {shell} --json")).ok().json()["script"], script);
    }
    assert!(world.jetway("man").ok().stdout.contains(".TH jetway 1"));
    world.jetway("man --json").ok().json();
    let written = world.jetway("man --folder pages --json").ok().json();
    assert!(written["pages"].as_u64().unwrap() > 20, "{written}");
    assert!(world.path().join("pages/jetway-config-set.1").is_file());
}

#[test]
fn every_command_and_argument_is_explained_in_sentences() {
    fn unexplained(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        let path = format!("{path} {}", command.get_name());
        // A single word is a name, not an explanation.
        let is_sentence = |text: Option<String>| text.is_some_and(|text| text.contains(' '));
        if command.get_about().is_none() {
            found.push(path.clone());
        }
        for argument in command.get_arguments() {
            let texts = [argument.get_long_help(), argument.get_help()];
            let text = texts.into_iter().flatten().next().map(ToString::to_string);
            if !is_sentence(text) {
                found.push(format!("{path} {}", argument.get_id()));
            }
        }
        command.get_subcommands().for_each(|command| unexplained(command, &path, found));
    }
    let mut found = Vec::new();
    unexplained(&jetway::args::Arguments::command(), "", &mut found);
    assert_eq!(found, Vec::<String>::new());
}
