//! A bounded run of the fuzz target, the same every time: whoever says back, in any order, words that
//! a task has said.

mod common;

use archer_env::{IDS, Options, Rng, make};
use common::fuzz::run;
use proptest::prelude::{any, prop, proptest};
use proptest::test_runner::Config;

const EPISODES: u64 = 60;
const TURNS: usize = 25;
/// Said beside what was heard, so that numbers, punctuation and halves of words occur.
const MORE: [&str; 16] = [
    "",
    "a",
    "the",
    "go",
    "take",
    "is it",
    "no",
    "yes",
    "$",
    "9999999999",
    "-1",
    "?",
    "é",
    "🐕",
    "e4",
    "Nf3+",
];

fn words(text: &str) -> impl Iterator<Item = String> {
    let whole = text.split_whitespace().map(str::to_owned);
    let bare = text
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned);
    whole.chain(bare)
}

#[test]
fn tasks_bear_to_hear_their_own_words() {
    for (task, id) in IDS.iter().enumerate() {
        for episode in 0..EPISODES {
            let mut rng = Rng::new(77, task as u64, episode);
            let seed = u8::try_from(episode).unwrap();
            let mut envs = make(id, 1, u64::from(seed), &Options::new()).unwrap();
            let mut heard = envs.reset(&[0], &Options::new()).unwrap().remove(0);
            let mut known: Vec<String> = MORE.map(str::to_owned).into();
            let mut data = vec![u8::try_from(task).unwrap(), seed, 0];
            for turn in 0..TURNS {
                known.extend(words(&heard).take(200));
                let count = 1 + rng.below(4);
                let said: Vec<&str> = (0..count)
                    .map(|_| known[rng.below(known.len())].as_str())
                    .collect();
                let utterance = said.join(" ");
                if turn > 0 {
                    data.push(0xFF);
                }
                data.extend(utterance.as_bytes());
                heard = envs
                    .step(&[0], &[&utterance], None)
                    .unwrap()
                    .remove(0)
                    .observation;
                if envs.finished(&[0]).unwrap()[0] {
                    break;
                }
            }
            run(&data);
        }
    }
}

proptest! {
    #![proptest_config(Config::with_cases(400))]

    #[test]
    fn tasks_bear_any_bytes(data in prop::collection::vec(any::<u8>(), 0..200)) {
        run(&data);
    }
}
