//! `cargo bench --bench env`: the simulators, in steps and resets a second.

use std::hint::black_box;
use std::time::Duration;

use archer_env::{
    Environments, IDS, Options, Outcome, car_dealer, chess, corridor, guess_my_city, make, manor,
    maze, parse_options, text_nav, twenty_questions, wordle,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const QUESTIONS: [&str; 8] = [
    "Is it alive?",
    "Is it a mammal?",
    "Does it have four legs?",
    "Can you eat it?",
    "Is it bigger than a microwave?",
    "Is it made of metal?",
    "What is it made of?",
    "Is it a helicopter?",
];

const MANOR: [&str; 6] = ["north", "south", "look", "ask hale about death", "hm?", "i"];

/// What is played for a row.
struct Play {
    name: &'static str,
    id: &'static str,
    options: &'static str,
    reset: &'static str,
    /// In turns, each environment beginning at another.
    said: &'static [&'static str],
}

const ENDLESS: &str = r#"{"max_turns": 4294967295}"#;

/// Episodes that end all the same, of chess and with a buyer, begin anew within the measured time.
const PLAYS: [Play; 13] = [
    Play {
        name: "trivial",
        id: twenty_questions::FULL,
        options: ENDLESS,
        reset: r#"{"object": "dog"}"#,
        said: &[""],
    },
    Play {
        name: "questions",
        id: twenty_questions::FULL,
        options: ENDLESS,
        reset: r#"{"object": "dog"}"#,
        said: &QUESTIONS,
    },
    Play {
        name: "subset",
        id: twenty_questions::SUBSET,
        options: ENDLESS,
        reset: "{}",
        said: &QUESTIONS,
    },
    Play {
        name: "guess_my_city",
        id: guess_my_city::ID,
        options: ENDLESS,
        reset: r#"{"city": "Lima"}"#,
        said: &[
            "Is it in Asia?",
            "What is the climate like in your hometown?",
            "Does your city have more than 5 million people?",
            "Is your city known for its pyramids?",
            "What?",
        ],
    },
    Play {
        name: "wordle",
        id: wordle::ID,
        options: ENDLESS,
        reset: r#"{"word": "abbey"}"#,
        said: &["crane", "k e b a b", "babes", "Hm?"],
    },
    // Back and forth in the double T maze, with a wall to run into and a word that is no move.
    Play {
        name: "maze",
        id: maze::ID,
        options: ENDLESS,
        reset: r#"{"start": [1, 3]}"#,
        said: &[
            "move right",
            "move left",
            "go left",
            "Move right.\n",
            "up",
            "hm",
        ],
    },
    Play {
        name: "text_nav",
        id: text_nav::ID,
        options: ENDLESS,
        reset: "{}",
        said: &["look", "go north", "inventory", "go south", "take bell"],
    },
    // Knights go out and back until one is taken, so games of chess keep their turn limit.
    Play {
        name: "chess",
        id: chess::FULL,
        options: "{}",
        reset: "{}",
        said: &["Nf3", "Nc3", "Ng1", "Nb1"],
    },
    Play {
        name: "chess_endgames",
        id: chess::ENDGAMES,
        options: "{}",
        reset: r#"{"fen": "8/K7/8/8/8/5Q2/8/1k6 w - - 0 1"}"#,
        said: &["Ka8", "Ka7", "Qf3", "Qf4"],
    },
    Play {
        name: "car_dealer",
        id: car_dealer::ID,
        options: ENDLESS,
        reset: "{}",
        said: &[
            "Which type do you want?",
            "Would you like a test drive?",
            "It has heated seats.",
            "I ask $120,000.",
        ],
    },
    // In and out of the hall, by the text alone and by the paper's observation, which tries all that
    // can be done.
    Play {
        name: "manor",
        id: manor::ID,
        options: ENDLESS,
        reset: "{}",
        said: &MANOR,
    },
    Play {
        name: "manor, paper",
        id: manor::ID,
        options: r#"{"max_turns": 4294967295, "observation": "paper"}"#,
        reset: "{}",
        said: &MANOR,
    },
    Play {
        name: "corridor",
        id: corridor::ID,
        options: ENDLESS,
        reset: "{}",
        said: &["take key", "go on", "hm"],
    },
];

fn options(json: &str) -> Options {
    parse_options(json).expect("an object")
}

/// Environments in which an episode has begun.
fn begun(
    id: &str,
    num_envs: usize,
    task: &str,
    reset: &str,
) -> (Box<dyn Environments + Send>, Vec<usize>) {
    let mut envs = make(id, num_envs, 0, &options(task)).expect("a known id");
    let all: Vec<usize> = (0..num_envs).collect();
    envs.reset(&all, &options(reset))
        .expect("options of the task");
    (envs, all)
}

/// The environments whose episodes have ended.
fn over(outcomes: &[Outcome]) -> Vec<usize> {
    let ended = |outcome: &Outcome| outcome.terminated || outcome.truncated;
    (0..outcomes.len())
        .filter(|&index| ended(&outcomes[index]))
        .collect()
}

fn step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("env/step");
    for num_envs in [1, 64, 1024] {
        group.throughput(Throughput::Elements(num_envs as u64));
        for play in PLAYS {
            let (mut envs, all) = begun(play.id, num_envs, play.options, play.reset);
            let (reset, said) = (options(play.reset), play.said);
            let turns: Vec<Vec<&str>> = (0..said.len())
                .map(|turn| {
                    said.iter()
                        .copied()
                        .cycle()
                        .skip(turn)
                        .take(num_envs)
                        .collect()
                })
                .collect();
            let mut turns = turns.iter().cycle();
            group.bench_function(format!("{}/{num_envs}", play.name), |bencher| {
                bencher.iter(|| {
                    let utterances = turns.next().expect("for ever");
                    let outcomes = envs
                        .step(&all, black_box(utterances), None)
                        .expect("running");
                    let over = over(&outcomes);
                    if !over.is_empty() {
                        envs.reset(&over, &reset).expect("options of the task");
                    }
                    outcomes
                });
            });
        }
    }
}

fn snapshot_restore(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("env/snapshot_restore");
    let rows = IDS.map(|id| (id, 64));
    for (id, num_envs) in rows.into_iter().chain([(twenty_questions::FULL, 1)]) {
        group.throughput(Throughput::Elements(num_envs as u64));
        let (mut envs, all) = begun(id, num_envs, "{}", "{}");
        group.bench_function(format!("{id}/{num_envs}"), |bencher| {
            bencher.iter(|| {
                let states = envs.snapshot(black_box(&all)).expect("known indices");
                let states: Vec<&[u8]> = states.iter().map(Vec::as_slice).collect();
                envs.restore(&states, &all).expect("its own snapshots");
            });
        });
    }
}

fn reset(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("env/reset");
    let rows = IDS.map(|id| (id, 64));
    for (id, num_envs) in rows.into_iter().chain([(twenty_questions::FULL, 1)]) {
        group.throughput(Throughput::Elements(num_envs as u64));
        let (mut envs, all) = begun(id, num_envs, "{}", "{}");
        let none = Options::new();
        group.bench_function(format!("{id}/{num_envs}"), |bencher| {
            bencher.iter(|| envs.reset(black_box(&all), &none).expect("no options"));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots();
    targets = step, snapshot_restore, reset
}
criterion_main!(benches);
