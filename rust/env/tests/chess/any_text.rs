//! Any text is an utterance, any state is a snapshot, and other bytes are none.

use archer_env::chess::{ENDGAMES, FULL, legal};
use archer_env::{EnvError, Options, make};
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use proptest::{prop_assert, prop_assert_eq};

use crate::{options, say};

fn utterance() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => any::<String>(),
        1 => "[KQRBNPa-h1-8xO0=+#\\- .]{0,12}",
        1 => prop::collection::vec("[a-hx1-8NBRQK\u{fffd}\n ]", 0..400).prop_map(|v| v.concat()),
    ]
}

proptest! {
    #[test]
    fn any_text_is_a_turn(texts in prop::collection::vec(utterance(), 1..20), seed: u64) {
        for id in [FULL, ENDGAMES] {
            let mut envs = make(id, 1, seed, &Options::new()).unwrap();
            envs.reset(&[0], &Options::new()).unwrap();
            for text in &texts {
                let outcome = say(envs.as_mut(), text);
                prop_assert!(outcome.observation.len() < 200);
                prop_assert_eq!(outcome.invalid, outcome.observation.contains("legal move"));
                if outcome.terminated {
                    break;
                }
            }
        }
    }

    #[test]
    fn snapshots_go_on_as_the_game_does(seed: u64, choices in prop::collection::vec(any::<usize>(), 1..60)) {
        let mut envs = make(FULL, 2, seed, &options(r#"{"colour": "random"}"#)).unwrap();
        envs.reset(&[0, 1], &Options::new()).unwrap();
        for choice in choices {
            let state = envs.snapshot(&[0]).unwrap().remove(0);
            envs.restore(&[&state], &[1]).unwrap();
            prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], &state);
            let moves = legal(&envs.hidden(&[0]).unwrap()[0]).unwrap();
            let chosen = moves[choice % moves.len()].as_str();
            let outcomes = envs.step(&[0, 1], &[chosen, chosen], None).unwrap();
            prop_assert_eq!(&outcomes[0], &outcomes[1]);
            prop_assert!(!outcomes[0].invalid);
            if outcomes[0].terminated || outcomes[0].truncated {
                break;
            }
        }
    }

    #[test]
    fn bytes_that_are_no_state_are_refused(cut in 0..80_usize, at in 0..80_usize, byte: u8) {
        let mut envs = make(FULL, 1, 1, &Options::new()).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        say(envs.as_mut(), "Nf3");
        let state = envs.snapshot(&[0]).unwrap().remove(0);
        let cut = cut.min(state.len() - 1);
        prop_assert!(matches!(envs.restore(&[&state[..cut]], &[0]), Err(EnvError::Snapshot(_))));
        let mut changed = state.clone();
        let at = at.min(state.len() - 1);
        changed[at] = byte;
        if envs.restore(&[&changed], &[0]).is_ok() {
            prop_assert_eq!(&envs.snapshot(&[0]).unwrap()[0], &changed);
            if !envs.finished(&[0]).unwrap()[0] {
                say(envs.as_mut(), "Ng1");
            }
        }
    }
}
