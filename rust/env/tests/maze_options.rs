//! Options and maps that a maze cannot use, each with the reason.

use archer_env::maze::ID;
use archer_env::{Options, make, parse_options};

fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

/// The option of a map whose rows are separated by slashes.
fn map(rows: &str) -> String {
    format!("\"map\": {:?}", rows.split('/').collect::<Vec<_>>())
}

#[test]
fn bad_maps_are_explained() {
    for (rows, expected) in [
        ("", "the map has 0 rows, the first of 0 cells: give 3 to 99"),
        ("####/#SG#/###", "has 4 cells in row 0 and 3 in row 2"),
        ("####/#.G#/####", "has '.' in row 1, column 1"),
        ("####/#SG /####", "has ' ' in row 1, column 3: its edge"),
        ("####/#S #/####", "has no goal"),
        ("####/#GG#/####", "has 2 cells G: give one"),
        ("#####/#SSG#/#####", "has 2 cells S: give one"),
        ("###/#G#/###", "no floor but the goal"),
        ("#####/#S#G#/#####", "floor in row 1, column 1 with no way"),
    ] {
        let given = options(&format!("{{{}}}", map(rows)));
        let error = make(ID, 1, 0, &given).err().unwrap().to_string();
        assert!(error.contains(expected), "{rows}: {error}");
    }
    let wide = map(&["#".repeat(100), "#".repeat(100), "#".repeat(100)].join("/"));
    assert!(make(ID, 1, 0, &options(&format!("{{{wide}}}"))).is_err());
}

#[test]
fn bad_options_are_named() {
    for (json, expected) in [
        (
            r#"{"layout": "v"}"#,
            "layout is \"v\": give one of double_t, u, medium, generated",
        ),
        (r#"{"layout": 3}"#, "layout is 3"),
        (r#"{"layouts": "u"}"#, "did you mean \"layout\""),
        (
            r#"{"observation": "none"}"#,
            "observation is \"none\": give one of full, partial",
        ),
        (r#"{"show_map": 1}"#, "show_map is 1: give true or false"),
        (r#"{"max_turns": 0}"#, "max_turns is 0"),
        (r#"{"width": 9}"#, "width is for generated mazes"),
        (
            r#"{"layout": "u", "loops": 0}"#,
            "loops is for generated mazes",
        ),
        (
            r#"{"layout": "generated", "width": 8}"#,
            "width is 8: give an odd number",
        ),
        (
            r#"{"layout": "generated", "height": 3}"#,
            "height is 3: give a whole number from 5 to 99",
        ),
        (
            r#"{"layout": "generated", "loops": 17}"#,
            "loops is 17: give at most 16",
        ),
        (
            r#"{"layout": "u", "map": []}"#,
            "both layout and map are given",
        ),
        (r#"{"map": 7}"#, "map is 7: give a list of its rows"),
        (r#"{"map": ["G", 3]}"#, "give a list of its rows"),
        (r#"{"map": []}"#, "the map has 0 rows"),
    ] {
        let error = make(ID, 1, 0, &options(json)).err().unwrap().to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
    let mut envs = make(ID, 1, 0, &Options::new()).unwrap();
    for (json, expected) in [
        (
            r#"{"start": [0, 0]}"#,
            "start is [0,0]: give [row, column] of a floor cell",
        ),
        (r#"{"start": [1, 25]}"#, "start is [1,25]"),
        (r#"{"start": [1]}"#, "start is [1]"),
        (r#"{"start": [-1, 1.5]}"#, "start is [-1,1.5]"),
        (r#"{"goal": "here"}"#, "goal is \"here\""),
        (
            r#"{"goal": [1, 1], "start": [1, 1]}"#,
            "both start and goal are [1, 1]",
        ),
        (r#"{"begin": [1, 1]}"#, "there is no option \"begin\""),
    ] {
        let error = envs.reset(&[0], &options(json)).unwrap_err().to_string();
        assert!(error.contains(expected), "{json}: {error}");
        assert_eq!(envs.episodes(), [0]);
    }
    let nothing = r#"{"map": null, "width": null, "height": null, "loops": null, "layout": null}"#;
    assert!(make(ID, 1, 0, &options(nothing)).is_ok());
}
