//! Guess My City: its rules, and that no answer tells the name.

use archer_env::guess_my_city::{File, ID, Knowledge, Reply, cities};
use archer_env::{EnvError, Environments, Options, Outcome, make, parse_options};

const QUESTIONS: &str = include_str!("data/guess_my_city.txt");

fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

fn hiding(city: &str, env_options: &str) -> Box<dyn Environments + Send> {
    let mut envs = make(ID, 1, 0, &options(env_options)).unwrap();
    let city = options(&format!("{{\"city\": {city:?}}}"));
    assert_eq!(envs.reset(&[0], &city).unwrap(), ["Questions:\n"]);
    envs
}

fn ask(envs: &mut dyn Environments, utterance: &str, reply: Option<&str>) -> Outcome {
    let replies = reply.as_ref().map(std::slice::from_ref);
    envs.step(&[0], &[utterance], replies).unwrap().remove(0)
}

#[test]
fn the_data_files_can_be_read() {
    if let Err(error) = Knowledge::load() {
        panic!("{error}");
    }
    assert_eq!(Knowledge::full().cities().len(), 100);
}

#[test]
fn lines_that_are_no_facts_are_named_by_file_and_line() {
    for (text, expected) in [
        ("names: A", "x.txt:1: expected a section"),
        (
            "[a]\ncountry: B",
            "x.txt:2: \"country: B\": expected the key \"names\" here",
        ),
        ("# hm\n\n[a]\nnames: A", "x.txt:3: [a] has no \"country\""),
        ("[a]\nnames: -", "x.txt:2: names needs a value"),
    ] {
        let file = File {
            name: "x.txt",
            text,
        };
        let error = cities(&[file]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn every_turn_costs_one_until_the_city_is_named() {
    let mut envs = hiding("Bogotá", "{}");
    for (utterance, observation, invalid) in [
        (
            "Is it in South America?",
            "Yes, my city is in South America.",
            false,
        ),
        ("Is it in Colombia?", "Yes, that is true.", false),
        ("Is it in Peru?", "No, my city is not in Peru.", false),
        ("Is it Lima?", "No, that is not my city.", false),
        ("", "I do not understand that question.", true),
        (
            "Is it flurbish?",
            "I do not understand that question.",
            true,
        ),
    ] {
        let outcome = ask(envs.as_mut(), utterance, None);
        let expected = Outcome {
            observation: observation.into(),
            reward: -1.0,
            terminated: false,
            truncated: false,
            win: false,
            invalid,
        };
        assert_eq!(outcome, expected, "{utterance}");
    }
    let last = ask(envs.as_mut(), "Are you from BOGOTA, Colombia?", None);
    assert_eq!(
        (last.reward, last.terminated, last.truncated, last.win),
        (0.0, true, false, true)
    );
    assert_eq!(envs.step(&[0], &["a"], None), Err(EnvError::Over(0)));
    assert_eq!(envs.hidden(&[0]).unwrap(), ["Bogotá, Colombia"]);
}

#[test]
fn the_last_turn_truncates_unless_it_names_the_city() {
    for (turns, json) in [(20, "{}"), (1, r#"{"max_turns": 1}"#)] {
        let mut envs = hiding("lima", json);
        for turn in 1..=turns {
            let outcome = ask(envs.as_mut(), "Is it in Asia?", None);
            assert_eq!(outcome.truncated, turn == turns);
            assert_eq!((outcome.terminated, outcome.reward), (false, -1.0));
        }
    }
    let named = ask(hiding("lima", r#"{"max_turns": 1}"#).as_mut(), "Lima", None);
    assert!(named.terminated && !named.truncated);
}

#[test]
fn every_name_of_a_city_names_it_and_no_other() {
    let knowledge = Knowledge::full();
    for (at, city) in knowledge.cities().iter().enumerate() {
        for name in city.facts("names") {
            assert_eq!(knowledge.find(&name.to_uppercase()), Some(at), "{name}");
            let text = format!("Is the city you are from {name}?");
            for other in 0..knowledge.cities().len() {
                let named = knowledge.reply(other, &text) == Reply::Named;
                assert_eq!(
                    named,
                    other == at,
                    "{text} {}",
                    knowledge.cities()[other].name
                );
            }
        }
    }
}

#[test]
fn of_several_names_any_may_be_the_city_s() {
    for text in [
        "Is it Lima or Bogota?",
        "Bogota Lima",
        "Are you from Bogota, which is bigger than Cali?",
    ] {
        let outcome = ask(hiding("bogota", "{}").as_mut(), text, None);
        assert!(outcome.win && outcome.terminated, "{text}");
        let outcome = ask(hiding("delhi", "{}").as_mut(), text, None);
        assert!(!outcome.win && !outcome.terminated, "{text}");
    }
}

#[test]
fn answers_are_those_that_were_written_down() {
    let knowledge = Knowledge::full();
    let mut wrong = Vec::new();
    for line in QUESTIONS.lines().filter(|line| !line.starts_with('#')) {
        let [city, question, expected] = line.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("expected three columns: {line:?}");
        };
        let answer = knowledge
            .reply(knowledge.find(city).expect(city), question)
            .text();
        if !answer.starts_with(expected) {
            wrong.push(format!(
                "{city}: {question} {answer:?}, expected {expected:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn questions_of_the_bank_are_answered_by_every_city() {
    let knowledge = Knowledge::full();
    assert!(knowledge.questions().len() > 60);
    for question in knowledge.questions() {
        for city in 0..knowledge.cities().len() {
            let reply = knowledge.reply(city, question);
            assert!(
                matches!(reply, Reply::Yes(_) | Reply::No(_)),
                "{question} {reply:?}"
            );
        }
    }
}

/// All questions that the tests know, and all names.
fn questions() -> Vec<String> {
    let knowledge = Knowledge::full();
    let mut questions: Vec<String> = knowledge
        .questions()
        .iter()
        .map(ToString::to_string)
        .collect();
    questions.extend(
        QUESTIONS
            .lines()
            .filter_map(|line| Some(line.split(" | ").nth(1)?.to_owned())),
    );
    for city in knowledge.cities() {
        for key in ["country", "continent", "region", "neighbours"] {
            let asked = |fact: &&str| format!("Is your city in {fact}?");
            questions.extend(city.facts(key).iter().map(asked));
        }
        for key in ["landmarks", "dishes", "known_for"] {
            let asked = |fact: &&str| format!("Is your city known for {fact}?");
            questions.extend(city.facts(key).iter().map(asked));
        }
    }
    questions.sort();
    questions.dedup();
    questions
}

#[test]
fn no_answer_tells_a_name_of_the_city_or_of_its_country() {
    let knowledge = Knowledge::full();
    let questions = questions();
    assert!(questions.len() > 1000, "{}", questions.len());
    for city in 0..knowledge.cities().len() {
        for question in &questions {
            let reply = knowledge.reply(city, question);
            let told = reply != Reply::Named && knowledge.tells(city, &reply.clone().text());
            assert!(!told, "{question} {reply:?}");
        }
    }
}

#[test]
fn an_external_reply_is_read_unless_it_tells_the_name() {
    for (reply, observation) in [
        ("Yes, it is high up.", "Yes, it is high up."),
        ("I am from Bogota!", "I cannot answer that question."),
        ("It is in COLOMBIA.", "I cannot answer that question."),
        ("The people are Colombians.", "The people are Colombians."),
    ] {
        let outcome = ask(hiding("bogota", "{}").as_mut(), "Where is it?", Some(reply));
        assert_eq!(outcome.observation, observation);
        assert!(!outcome.invalid && !outcome.win);
    }
    let named = ask(
        hiding("bogota", "{}").as_mut(),
        "Bogota?",
        Some("Yes, Bogotá."),
    );
    assert!(named.win);
    assert_eq!(named.observation, "Yes, Bogotá.");
}

#[test]
fn only_the_cities_of_the_option_are_hidden() {
    let json = options(r#"{"cities": ["Peking", "lima, peru"]}"#);
    let mut envs = make(ID, 40, 0, &json).unwrap();
    let all: Vec<usize> = (0..40).collect();
    envs.reset(&all, &Options::new()).unwrap();
    let mut hidden = envs.hidden(&all).unwrap();
    hidden.sort();
    hidden.dedup();
    assert_eq!(hidden, ["Beijing, China", "Lima, Peru"]);
    let error = envs
        .reset(&[0], &options(r#"{"city": "Paris"}"#))
        .unwrap_err();
    assert!(
        error.to_string().contains("such as Beijing, Lima"),
        "{error}"
    );
}

#[test]
fn the_paper_hides_91_cities_and_the_dialogues_nine_more() {
    let count = |json: &str| {
        let mut envs = make(ID, 3000, 0, &options(json)).unwrap();
        let all: Vec<usize> = (0..3000).collect();
        envs.reset(&all, &Options::new()).unwrap();
        let mut hidden = envs.hidden(&all).unwrap();
        hidden.sort();
        hidden.dedup();
        hidden.len()
    };
    for (json, expected) in [
        ("{}", 91),
        (r#"{"cities": null}"#, 91),
        (r#"{"cities": "paper"}"#, 91),
        (r#"{"cities": "all"}"#, 100),
    ] {
        assert_eq!(count(json), expected, "{json}");
    }
    let mut envs = make(ID, 1, 0, &Options::new()).unwrap();
    let beyond = options(r#"{"city": "New York"}"#);
    assert!(envs.reset(&[0], &beyond).is_err());
}

#[test]
fn bad_options_are_named() {
    for (json, expected) in [
        (r#"{"max_turns": 0}"#, "max_turns is 0"),
        (
            r#"{"cities": []}"#,
            "cities is []: give \"paper\", \"all\" or a list of at least one name",
        ),
        (r#"{"cities": "Lima"}"#, "cities is \"Lima\""),
        (r#"{"cities": [3]}"#, "cities has 3: give names as strings"),
        (r#"{"cities": ["Limo"]}"#, "near are Lima"),
        (r#"{"city": "Lima"}"#, "did you mean \"cities\""),
    ] {
        let error = make(ID, 1, 0, &options(json)).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
