//! Stories that test interpreters, and the openings of two games.

#[path = "common/stories.rs"]
mod stories;

use std::sync::Arc;

use archer_env::zmachine::{BUDGET, Halt, Machine, Story};
use stories::path;

fn file(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(path(name)?).unwrap())
}

fn machine(name: &str) -> Option<Machine> {
    let story = Story::load(&file(name)?).unwrap();
    Some(Machine::new(Arc::new(story), 1, false))
}

fn text(name: &str) -> Option<String> {
    Some(String::from_utf8(file(name)?).unwrap())
}

/// What is printed in answer to a line.
fn say(machine: &mut Machine, line: &str) -> String {
    machine.answer(line);
    assert_eq!(
        machine.run(BUDGET),
        Halt::Line,
        "{line}: {}",
        machine.take_text()
    );
    machine.take_text()
}

#[test]
fn czech_passes() {
    for name in ["czech.z3", "czech.z4", "czech.z5", "czech.z8"] {
        let (Some(mut machine), Some(expected)) = (machine(name), text(&format!("{name}.regtest")))
        else {
            return;
        };
        assert_eq!(machine.run(BUDGET), Halt::Quit);
        let printed = machine.take_text();
        assert_eq!(told(&printed), told(&expected), "{name}");
        assert!(printed.contains("Failed: 0"), "{printed}");
    }
}

#[test]
fn praxix_passes() {
    let (Some(mut machine), Some(expected)) = (machine("praxix.z5"), text("praxix.z5.regtest"))
    else {
        return;
    };
    assert_eq!(machine.run(BUDGET), Halt::Line);
    let opening = machine.take_text();
    let (_, listed) = opening.split_once("test options: ").unwrap();
    let sections: Vec<&str> = listed
        .lines()
        .next()
        .unwrap()
        .split('"')
        .skip(1)
        .step_by(2)
        .collect();
    assert_eq!(sections.len(), 18);
    for section in &sections {
        let printed = say(&mut machine, section);
        assert!(
            !printed.contains("FAIL") && !printed.contains("failed"),
            "{printed}"
        );
        // Those that ask for version 1.2 of the Standard, or show colours, do not judge.
        assert!(
            printed.contains("Passed.") || section.starts_with("spec1"),
            "{printed}"
        );
    }
    let all = say(&mut machine, "all");
    assert!(all.ends_with("All tests passed.\n\n>"), "{all}");
    for part in expected.split("\n> ").skip(1) {
        let mut lines = part.lines();
        let printed = say(&mut machine, lines.next().unwrap());
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            assert!(printed.contains(line), "{line:?} is not in {printed}");
        }
    }
}

#[test]
fn games_open_as_their_authors_wrote() {
    let (Some(mut advent), Some(mut detective)) = (machine("advent.z3"), machine("detective.z5"))
    else {
        return;
    };
    assert_eq!(advent.run(BUDGET), Halt::Line);
    assert_eq!(
        advent.take_text(),
        "\n\nWelcome to Adventure! Do you need instructions? (y/n) >"
    );
    assert_eq!(say(&mut advent, "take lamp"), "(Please type y or n) >");
    assert!(say(&mut advent, "n").contains("You are standing at the end of a road before"));
    assert_eq!(detective.run(BUDGET), Halt::Line);
    let opening = detective.take_text();
    let (banner, first_room) = opening.split_once("\n\n<< Chief's office >>\n").unwrap();
    assert!(banner.ends_with("Release 1 / Serial number 000715 / Inform v6.21 Library 6/10 SD"));
    assert!(first_room.ends_with(
        "You can see a piece of white paper here.\n\n\
         [Your score has just gone up by ten points.]\n\n>"
    ));
    assert_eq!(
        say(&mut detective, "Inventory"),
        "You are carrying nothing.\n\n>"
    );
    assert!(say(&mut detective, "west").starts_with("\n<< Closet >>\nYou are in a closet."));
    let taken = "Taken.\n\n[Your score has just gone up by ten points.]\n\n>";
    assert_eq!(say(&mut detective, "take pistol"), taken);
    assert_eq!(
        say(&mut detective, "undo"),
        "<< Closet >>\n[Previous turn undone.]\n\n>"
    );
    assert_eq!(say(&mut detective, "take pistol"), taken);
}

/// The lines of a transcript that depend on the story alone, from its first test to its end.
fn told(transcript: &str) -> Vec<&str> {
    let lines = transcript.lines().map(str::trim_end);
    let lines = lines.skip_while(|line| !line.starts_with("Jumps"));
    let mut header = false;
    lines
        .filter(|line| {
            header = match () {
                () if line.starts_with("Header") => true,
                () if line.starts_with("Print opcodes") => false,
                () => header,
            };
            !header && !line.is_empty()
        })
        .collect()
}
