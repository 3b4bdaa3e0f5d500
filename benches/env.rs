//! `cargo bench --bench env`: the simulators, in steps and resets a second.

use std::hint::black_box;
use std::time::Duration;

use archer_env::{
    Environments, Options, corridor, make, maze, parse_options, twenty_questions, wordle,
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

/// Environments that are in the middle of an episode and stay so.
fn begun(id: &str, num_envs: usize, reset: &str) -> (Box<dyn Environments + Send>, Vec<usize>) {
    let options = parse_options(r#"{"max_turns": 4294967295}"#).expect("an object");
    let mut envs = make(id, num_envs, 0, &options).expect("a known id");
    let all: Vec<usize> = (0..num_envs).collect();
    envs.reset(&all, &parse_options(reset).expect("an object"))
        .expect("options of the task");
    (envs, all)
}

fn twenty_questions(num_envs: usize) -> (Box<dyn Environments + Send>, Vec<usize>) {
    begun(twenty_questions::FULL, num_envs, r#"{"object": "dog"}"#)
}

fn step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("env/step");
    for num_envs in [1, 64, 1024] {
        group.throughput(Throughput::Elements(num_envs as u64));
        for (name, texts) in [("trivial", &[""; 8]), ("questions", &QUESTIONS)] {
            let (mut envs, all) = twenty_questions(num_envs);
            let utterances: Vec<&str> = texts.iter().copied().cycle().take(num_envs).collect();
            group.bench_function(format!("{name}/{num_envs}"), |bencher| {
                bencher.iter(|| {
                    envs.step(&all, black_box(&utterances), None)
                        .expect("running")
                });
            });
        }
    }
}

/// Commands that do not end the episode, so that each environment can repeat its own for ever.
fn corridor_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("env/step");
    for num_envs in [1, 64, 1024] {
        group.throughput(Throughput::Elements(num_envs as u64));
        let (mut envs, all) = begun(corridor::ID, num_envs, "{}");
        let utterances: Vec<&str> = ["take key", "go on", "hm"]
            .into_iter()
            .cycle()
            .take(num_envs)
            .collect();
        group.bench_function(format!("corridor/{num_envs}"), |bencher| {
            bencher.iter(|| {
                envs.step(&all, black_box(&utterances), None)
                    .expect("running")
            });
        });
    }
}

/// Back and forth in the double T maze, with a wall to run into and a word that is no move.
fn maze_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("env/step");
    for num_envs in [1, 64, 1024] {
        group.throughput(Throughput::Elements(num_envs as u64));
        let (mut envs, all) = begun(maze::ID, num_envs, r#"{"start": [1, 3]}"#);
        let turns = [
            ["move right", "go left", "hm"],
            ["move left", "up", "Move right.\n"],
        ]
        .map(|texts| texts.into_iter().cycle().take(num_envs).collect::<Vec<_>>());
        let mut turns = turns.iter().cycle();
        group.bench_function(format!("maze/{num_envs}"), |bencher| {
            bencher.iter(|| {
                let utterances = turns.next().expect("for ever");
                envs.step(&all, black_box(utterances), None)
                    .expect("running")
            });
        });
    }
}

/// Guesses that are answered letter by letter, and one that is no word.
fn wordle_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("env/step");
    for num_envs in [1, 64, 1024] {
        group.throughput(Throughput::Elements(num_envs as u64));
        let (mut envs, all) = begun(wordle::ID, num_envs, r#"{"word": "abbey"}"#);
        let utterances: Vec<&str> = ["crane", "k e b a b", "babes", "Hm?"]
            .into_iter()
            .cycle()
            .take(num_envs)
            .collect();
        group.bench_function(format!("wordle/{num_envs}"), |bencher| {
            bencher.iter(|| {
                envs.step(&all, black_box(&utterances), None)
                    .expect("running")
            });
        });
    }
}

fn snapshot_restore(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("env/snapshot_restore");
    for num_envs in [1, 64] {
        group.throughput(Throughput::Elements(num_envs as u64));
        let (mut envs, all) = twenty_questions(num_envs);
        group.bench_function(num_envs.to_string(), |bencher| {
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
    for num_envs in [1, 64] {
        group.throughput(Throughput::Elements(num_envs as u64));
        let (mut envs, all) = twenty_questions(num_envs);
        let none = Options::new();
        group.bench_function(num_envs.to_string(), |bencher| {
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
    targets = step, corridor_step, maze_step, wordle_step, snapshot_restore, reset
}
criterion_main!(benches);
