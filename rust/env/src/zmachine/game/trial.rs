//! Commands that are tried out on copies of a machine.

use crate::zmachine::fault::Halt;
use crate::zmachine::machine::Machine;

use super::ending;
use super::say::{say, tidy};

/// What one command may cost.
const BUDGET: u64 = 400_000;
/// Said after every trial: what a command leaves behind only for the parser is overwritten, and
/// what is seen counts as seen.
const SETTLE: [&str; 2] = ["inventory", "look"];

/// How a trial came out.
pub(super) enum Trial {
    /// The story goes on.
    Done(Box<Machine>),
    /// It ended, and said so.
    Ended(String),
    /// It broke, or waits for something else than a line.
    Stuck,
}

/// Machines to try commands on, and what that has cost.
pub(super) struct Trials<'a> {
    pub base: &'a Machine,
    pub spent: u64,
}

impl<'a> Trials<'a> {
    /// None so far.
    pub fn on(base: &'a Machine) -> Self {
        Self { base, spent: 0 }
    }

    /// What becomes of the base by a command.
    pub fn run(&mut self, command: &str) -> Trial {
        let mut machine = self.base.clone();
        let halt = self.say(&mut machine, command);
        let text = machine.take_text();
        match halt {
            Halt::Fault(_) | Halt::Key => Trial::Stuck,
            Halt::Line if !ending::is_last(&text) => Trial::Done(Box::new(machine)),
            Halt::Line | Halt::Quit => Trial::Ended(tidy(&text).to_owned()),
        }
    }

    /// What is printed to a command, unless it breaks the story.
    pub fn answer(&mut self, command: &str) -> Option<String> {
        let mut machine = self.base.clone();
        let halt = self.say(&mut machine, command);
        (halt == Halt::Line).then(|| tidy(&machine.take_text()).to_owned())
    }

    /// Says what is said after every trial.
    pub fn settle(&mut self, mut machine: Machine) -> Machine {
        for command in SETTLE {
            self.say(&mut machine, command);
            machine.take_text();
        }
        machine
    }

    fn say(&mut self, machine: &mut Machine, command: &str) -> Halt {
        // A machine that stands still for good does not run, and keeps what is in its budget.
        machine.budget = BUDGET;
        let halt = say(machine, command, BUDGET);
        self.spent += BUDGET - machine.budget;
        halt
    }
}
