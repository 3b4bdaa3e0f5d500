//! What must hold for any bytes, taken as an episode of some task or as a snapshot of one.

use archer_env::{Environments, IDS, Options, Outcome, make};

/// No observation is longer, whatever was said.
const LONGEST: usize = 1 << 16;
/// Ends an utterance; it is in no UTF-8.
const END: u8 = 0xFF;

/// Plays `data`: the task, the seed, what the rest is, and the rest.
pub fn run(data: &[u8]) {
    let &[task, seed, kind, ref rest @ ..] = data else {
        return;
    };
    let id = IDS[usize::from(task) % IDS.len()];
    let mut envs = make(id, 2, u64::from(seed), &Options::new()).unwrap();
    envs.reset(&[0], &Options::new()).unwrap();
    if kind.is_multiple_of(2) {
        play(envs.as_mut(), rest);
    } else {
        restore(envs.as_mut(), id, kind, rest);
    }
}

/// Says each utterance, in a copy of the episode too that has been a snapshot before every turn.
fn play(envs: &mut dyn Environments, rest: &[u8]) {
    for utterance in rest.split(|&byte| byte == END) {
        let utterance = String::from_utf8_lossy(utterance);
        let saved = envs.snapshot(&[0]).unwrap().remove(0);
        envs.restore(&[&saved], &[1]).unwrap();
        let outcomes = envs
            .step(&[0, 1], &[utterance.as_ref(), utterance.as_ref()], None)
            .unwrap();
        check(&outcomes[0]);
        assert_eq!(outcomes[0], outcomes[1]);
        assert_eq!(envs.snapshot(&[0]).unwrap(), envs.snapshot(&[1]).unwrap());
        if envs.finished(&[0]).unwrap()[0] {
            break;
        }
    }
    envs.hidden(&[0]).unwrap();
}

fn check(outcome: &Outcome) {
    assert!(outcome.observation.len() <= LONGEST);
    assert!(outcome.reward.is_finite());
    assert!(!(outcome.terminated && outcome.truncated));
    assert!(!(outcome.win && outcome.invalid));
}

/// Takes the bytes, or a snapshot of which they replace the end, for a snapshot.
fn restore(envs: &mut dyn Environments, id: &str, kind: u8, rest: &[u8]) {
    let mut state = envs.snapshot(&[0]).unwrap().remove(0);
    // The head, without which nothing is read, and then more or less of the task's own.
    let kept = 3 + id.len() + 4 * usize::from(kind / 2);
    state.truncate(kept);
    state.extend(rest);
    if envs.restore(&[&state], &[1]).is_ok() {
        assert_eq!(envs.snapshot(&[1]).unwrap()[0], state);
        if !envs.finished(&[1]).unwrap()[0] {
            check(&envs.step(&[1], &["hm?"], None).unwrap()[0]);
        }
        envs.hidden(&[1]).unwrap();
    }
}
