//! Options that cannot be used.

use archer_env::chess::{ENDGAMES, FULL};
use archer_env::{EnvError, Options, make};

use crate::options;

#[test]
fn options_that_cannot_be_used_are_named() {
    let refused = |id: &str, json: &str, what: &str| {
        let error = make(id, 1, 0, &options(json)).err().unwrap().to_string();
        assert!(error.contains(what), "{json}: {error}");
    };
    refused(FULL, r#"{"color": "white"}"#, "did you mean \"colour\"");
    refused(
        FULL,
        r#"{"colour": "red"}"#,
        "give white or black or random",
    );
    refused(FULL, r#"{"observation": 3}"#, "give fen or moves");
    refused(
        FULL,
        r#"{"opponent": "stockfish"}"#,
        "give random, alpha_beta, uci, optimal",
    );
    refused(FULL, r#"{"depth": 6}"#, "from 1 to 5");
    refused(FULL, r#"{"max_turns": 0}"#, "max_turns is 0");
    refused(
        FULL,
        r#"{"pieces": "KQvK"}"#,
        "there is no option \"pieces\"",
    );
    refused(FULL, r#"{"opponent": "optimal"}"#, "another opponent");
    refused(FULL, r#"{"opponent": "uci"}"#, "give the path of an engine");
    refused(
        FULL,
        r#"{"engine": "x"}"#,
        "engine is an option of opponent \"uci\"",
    );
    refused(
        ENDGAMES,
        r#"{"opponent": "optimal", "pieces": "KQvKR"}"#,
        "give such pieces",
    );
    for pieces in [
        "\"\"",
        "\"KvK\"",
        "\"QvK\"",
        "\"KKvK\"",
        "\"kqvk\"",
        "[]",
        "3",
        "\"KBvK\"",
        "\"KQQQQQQQvK\"",
        "\"KXvK\"",
        "\"KQK\"",
        "[\"KQvK\", 1]",
    ] {
        refused(ENDGAMES, &format!("{{\"pieces\": {pieces}}}"), "pieces is ");
    }
    let mut envs = make(FULL, 1, 0, &Options::new()).unwrap();
    for fen in [
        "",
        "e4",
        "8/8/8/8/8/8/8/8 w - - 0 1",
        "7k/5Q2/6K1/8/8/8/8/8 b - - 0 1",
        "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0",
        "rnbqkbnr/pppppppp/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1",
        "R2K3R/8/8/8/8/8/8/r2k3r w KQkq - 0 1",
        "4k3/8/8/8/8/8/8/R2K4 w Q - 0 1",
        "8/8/8/4r3/8/1k6/2K5/8 b - - 0 1",
    ] {
        let given = options(&format!("{{\"fen\": {fen:?}}}"));
        let error = envs.reset(&[0], &given).unwrap_err();
        assert!(matches!(error, EnvError::Option(_)));
        assert!(error.to_string().starts_with("fen is "), "{error}");
    }
}
