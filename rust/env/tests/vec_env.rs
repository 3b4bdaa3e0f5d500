//! What holds for the environments of any task: exactness, independence, and errors that change
//! nothing.

use std::borrow::Cow;

use archer_env::{
    EnvError, Environments, Observation, Options, Outcome, Rng, Task, Threads, VecEnv,
};
use proptest::prelude::{Just, Strategy, any, prop, proptest};
use proptest::prop_assert_eq;

/// Echoes each utterance with a number, which began at random, and ends by chance or after 6 turns.
struct Dice;

impl Task for Dice {
    type State = (u64, u64);
    const GRAIN: usize = 2;

    fn id(&self) -> &'static str {
        "dice"
    }

    fn reset(
        &self,
        rng: &mut Rng,
        options: &Options,
    ) -> Result<((u64, u64), Observation), EnvError> {
        if options.contains_key("refuse") {
            return Err(EnvError::Option("refused".into()));
        }
        let state = (rng.next_u64(), 0);
        Ok((state, Cow::Owned(format!("{state:?}"))))
    }

    fn step(&self, state: &mut (u64, u64), utterance: &str, reply: Option<&str>) -> Outcome {
        let (number, turn) = state;
        *number = number.rotate_left(7) ^ (utterance.len() as u64);
        *turn += 1;
        let terminated = number.is_multiple_of(11);
        Outcome {
            observation: Cow::Owned(format!("{utterance} {number} {}", reply.unwrap_or("-"))),
            reward: if terminated { 1.0 } else { 0.5 },
            terminated,
            truncated: !terminated && *turn == 6,
            win: terminated,
            invalid: utterance.is_empty(),
        }
    }

    fn hidden(&self, state: &(u64, u64)) -> String {
        format!("{state:?}")
    }

    fn encode(&self, state: &(u64, u64), bytes: &mut Vec<u8>) {
        bytes.extend(state.0.to_le_bytes());
        bytes.extend(state.1.to_le_bytes());
    }

    fn decode(&self, bytes: &[u8]) -> Result<(u64, u64), EnvError> {
        let parts = (bytes.first_chunk(), bytes.last_chunk());
        match (bytes.len(), parts) {
            (16, (Some(number), Some(turn))) => {
                Ok((u64::from_le_bytes(*number), u64::from_le_bytes(*turn)))
            }
            _ => Err(EnvError::Snapshot(format!("{} bytes", bytes.len()))),
        }
    }
}

fn dice(num_envs: usize, seed: u64) -> VecEnv<Dice> {
    VecEnv::new(Dice, num_envs, seed).unwrap()
}

/// All that can be told of the environments, for comparing before with after.
fn state(envs: &dyn Environments) -> (Vec<u64>, Vec<Vec<u8>>) {
    let all: Vec<usize> = (0..envs.num_envs()).collect();
    (envs.episodes(), envs.snapshot(&all).unwrap())
}

/// Plays `turns` in all environments, resetting those that are over, in the order of `indices`.
fn play(envs: &mut dyn Environments, indices: &[usize], turns: &[String]) -> Vec<Vec<String>> {
    let mut texts = vec![Vec::new(); envs.num_envs()];
    let openings = envs.reset(indices, &Options::new()).unwrap();
    indices
        .iter()
        .zip(openings)
        .for_each(|(&i, text)| texts[i].push(text.into_owned()));
    for turn in turns {
        let over = envs.finished(indices).unwrap();
        let (ended, running): (Vec<_>, Vec<_>) =
            indices.iter().zip(over).partition(|&(_, over)| over);
        let ended: Vec<usize> = ended.into_iter().map(|(&i, _)| i).collect();
        let running: Vec<usize> = running.into_iter().map(|(&i, _)| i).collect();
        let openings = envs.reset(&ended, &Options::new()).unwrap();
        ended
            .iter()
            .zip(openings)
            .for_each(|(&i, text)| texts[i].push(text.into_owned()));
        let utterances: Vec<String> = running.iter().map(|i| format!("{turn}{i}")).collect();
        let utterances: Vec<&str> = utterances.iter().map(String::as_str).collect();
        let outcomes = envs.step(&running, &utterances, None).unwrap();
        running
            .iter()
            .zip(outcomes)
            .for_each(|(&i, out)| texts[i].push(format!("{out:?}")));
    }
    texts
}

fn dice_on(threads: usize, seed: u64) -> VecEnv<Dice> {
    let mut envs = dice(40, seed);
    envs.set_threads(Threads::new(threads).unwrap());
    envs
}

proptest! {
    #[test]
    fn texts_depend_neither_on_order_nor_company_nor_threads(
        order in Just((0..40_usize).collect::<Vec<_>>()).prop_shuffle(),
        turns in prop::collection::vec("\\PC{0,5}", 0..12),
        seed: u64,
    ) {
        let straight: Vec<usize> = (0..40).collect();
        let expected = play(&mut dice_on(1, seed), &straight, &turns);
        for threads in [0, 2, 3] {
            prop_assert_eq!(&play(&mut dice_on(threads, seed), &order, &turns), &expected);
        }
        let few = play(&mut dice(7, seed), &[2, 5], &turns);
        prop_assert_eq!(&few[2], &expected[2]);
        prop_assert_eq!(&few[5], &expected[5]);
    }

    #[test]
    fn snapshot_restore_and_fork_are_exact(
        before in prop::collection::vec("[a-z]{0,9}", 0..9),
        after in prop::collection::vec("[a-z]{0,9}", 0..9),
        seed: u64,
    ) {
        let mut envs = dice(4, seed);
        play(&mut envs, &[0, 1, 2, 3], &before);
        let states = envs.snapshot(&[1]).unwrap();
        let rest = |envs: &mut VecEnv<Dice>, index: usize| {
            let mut texts = envs.hidden(&[index]).unwrap();
            for utterance in &after {
                if !envs.finished(&[index]).unwrap()[0] {
                    texts.push(format!("{:?}", envs.step(&[index], &[utterance], None).unwrap()));
                }
            }
            texts
        };
        envs.fork(1, &[3]).unwrap();
        let expected = rest(&mut envs, 1);
        prop_assert_eq!(&rest(&mut envs, 3), &expected);
        envs.restore(&[&states[0]], &[0]).unwrap();
        prop_assert_eq!(&rest(&mut envs, 0), &expected);
        let mut other = dice(1, seed.wrapping_add(1));
        other.restore(&[&states[0]], &[0]).unwrap();
        prop_assert_eq!(&rest(&mut other, 0), &expected);
        prop_assert_eq!(other.episodes(), vec![0]);
    }

    #[test]
    fn any_bytes_are_refused_or_are_a_snapshot(
        bytes in prop::collection::vec(any::<u8>(), 0..40), at in 0..30_usize, byte: u8,
    ) {
        let mut envs = dice(2, 0);
        envs.reset(&[0], &Options::new()).unwrap();
        let mut good = envs.snapshot(&[0]).unwrap().remove(0);
        let short = good[..at.min(good.len())].to_vec();
        let last = good.len() - 1;
        good[at.min(last)] = byte;
        for candidate in [bytes, short, good] {
            let before = state(&envs);
            match envs.restore(&[&candidate], &[1]) {
                Ok(()) => prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], &candidate),
                Err(EnvError::Snapshot(_)) => prop_assert_eq!(state(&envs), before),
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[test]
fn errors_change_nothing() {
    let mut envs = dice(4, 3);
    envs.reset(&[0, 1, 2], &Options::new()).unwrap();
    while !envs.finished(&[2]).unwrap()[0] {
        envs.step(&[2], &["a"], None).unwrap();
    }
    let snapshot = envs.snapshot(&[0]).unwrap().remove(0);
    let refuse: Options = archer_env::parse_options(r#"{"refuse": true}"#).unwrap();
    let before = state(&envs);
    let index = |index| EnvError::Index { index, num_envs: 4 };
    let count = |what, given, expected| EnvError::Count {
        what,
        given,
        expected,
    };
    let none = Options::new();
    let errors = [
        (envs.reset(&[0, 4], &none).err(), index(4)),
        (envs.reset(&[1, 0, 1], &none).err(), EnvError::Duplicate(1)),
        (
            envs.reset(&[0, 1], &refuse).err(),
            EnvError::Option("refused".into()),
        ),
        (
            envs.step(&[0, usize::MAX], &["a", "b"], None).err(),
            index(i64::MAX),
        ),
        (
            envs.step(&[0, 0], &["a", "b"], None).err(),
            EnvError::Duplicate(0),
        ),
        (
            envs.step(&[0, 1], &["a"], None).err(),
            count("utterances", 1, 2),
        ),
        (
            envs.step(&[0, 1], &["a", "b"], Some(&["c"])).err(),
            count("replies", 1, 2),
        ),
        (
            envs.step(&[0, 2], &["a", "b"], None).err(),
            EnvError::Over(2),
        ),
        (
            envs.step(&[0, 3], &["a", "b"], None).err(),
            EnvError::NotBegun(3),
        ),
        (envs.seek(&[1, 2, 3]).err(), count("episode counters", 3, 4)),
        (envs.snapshot(&[9]).err(), index(9)),
        (
            envs.restore(&[&snapshot], &[0, 1]).err(),
            count("snapshots", 1, 2),
        ),
        (
            envs.restore(&[&snapshot, &snapshot], &[1, 1]).err(),
            EnvError::Duplicate(1),
        ),
        (envs.fork(4, &[0]).err(), index(4)),
        (envs.fork(0, &[1, 4]).err(), index(4)),
        (envs.hidden(&[0, 3]).err(), EnvError::NotBegun(3)),
        (envs.finished(&[4]).err(), index(4)),
    ];
    for (given, expected) in errors {
        assert_eq!(given, Some(expected));
    }
    assert_eq!(state(&envs), before);
}

#[test]
fn counters_lead_to_any_episode_and_a_seed_starts_anew() {
    let mut envs = dice(2, 3);
    let played: Vec<_> = (0..5).map(|_| play(&mut envs, &[1], &[])).collect();
    assert_eq!(envs.episodes(), [0, 5]);
    envs.seek(&[0, 3]).unwrap();
    assert_eq!(play(&mut envs, &[1], &[]), played[3]);
    envs.seed(4);
    assert_eq!(envs.episodes(), [0, 0]);
    assert_eq!(envs.step(&[1], &["a"], None), Err(EnvError::NotBegun(1)));
    assert_ne!(play(&mut envs, &[1], &[]), played[0]);
    envs.seed(3);
    assert_eq!(play(&mut envs, &[1], &[]), played[0]);
}

#[test]
fn replies_reach_the_task_of_their_environment() {
    let mut envs = dice(3, 3);
    envs.reset(&[0, 1, 2], &Options::new()).unwrap();
    let outcomes = envs.step(&[2, 0], &["a", "b"], Some(&["x", "y"])).unwrap();
    assert!(outcomes[0].observation.starts_with("a ") && outcomes[0].observation.ends_with(" x"));
    assert!(outcomes[1].observation.starts_with("b ") && outcomes[1].observation.ends_with(" y"));
}
