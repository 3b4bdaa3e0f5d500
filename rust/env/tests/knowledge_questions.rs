//! Questions in a person's own words, against answers that a person wrote down.

use archer_env::twenty_questions::knowledge::{Knowledge, Reply};

fn reply(object: &str, text: &str) -> Reply {
    let knowledge = Knowledge::full();
    knowledge.reply(knowledge.find_object(object).expect(object), text)
}

#[test]
fn development_set_is_answered_as_written() {
    let lines = include_str!("data/knowledge_dev.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let mut count = 0;
    let mut wrong = Vec::new();
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let [object, question, answer] = fields[..] else {
            panic!("expected three columns: {line:?}")
        };
        let said = format!("{:?}", reply(object, question));
        count += 1;
        if said != answer {
            wrong.push(format!("{object}: {question} {said}, expected {answer}"));
        }
    }
    assert!(count >= 200, "{count} questions");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_accepted_name_names_its_object_and_no_other() {
    let knowledge = Knowledge::full();
    for (index, object) in knowledge.objects().iter().enumerate() {
        for name in &object.names {
            let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) {
                "an"
            } else {
                "a"
            };
            for text in [
                format!("Is it {article} {name}?"),
                format!("{name}?"),
                format!("I think it's the {name}."),
            ] {
                for other in 0..knowledge.objects().len() {
                    let expected = if other == index {
                        Reply::Named
                    } else {
                        Reply::No
                    };
                    let said = knowledge.reply(other, &text);
                    // "Orange?" of a carrot, "plane?" of a helicopter: a name, but not its own.
                    assert!(
                        said == expected || other != index && said == Reply::Yes,
                        "{text} {other} {said:?}"
                    );
                }
            }
            assert!(knowledge.names_object(index, name));
        }
    }
}

#[test]
fn negation_turns_every_canonical_answer_around() {
    let knowledge = Knowledge::full();
    for question in knowledge.questions() {
        let Some(rest) = question.phrasings[0].strip_prefix("Is it ") else {
            continue;
        };
        for object in (0..knowledge.objects().len()).step_by(7) {
            let plain = knowledge.reply(object, &question.phrasings[0]);
            let negated = knowledge.reply(object, &format!("Is it not {rest}"));
            let asked = knowledge.reply(object, &format!("Isn't it {rest}"));
            assert_eq!(plain, asked, "{rest}");
            assert_ne!(plain, negated, "{rest}");
            assert_ne!(negated, Reply::Invalid, "{rest}");
        }
    }
}

#[test]
fn a_guess_joined_to_another_does_not_name() {
    assert_eq!(reply("dog", "Is it a dog or a cat?"), Reply::Yes);
    assert_eq!(reply("cow", "Is it a dog or a cat?"), Reply::No);
    assert_eq!(reply("dog", "Is it not a dog?"), Reply::No);
    assert_eq!(reply("orange", "Is it orange?"), Reply::Yes);
    assert_eq!(reply("couch", "Is it a sofa?"), Reply::Yes);
}

#[test]
fn questions_that_are_too_long_or_open_are_invalid() {
    assert_eq!(reply("dog", &"Is it a dog? ".repeat(60)), Reply::Invalid);
    assert_eq!(reply("dog", "Is it a dog? Is it a cat?"), Reply::Invalid);
    for text in [
        "What is it?",
        "Who uses it?",
        "How big is it?",
        "hello",
        "",
        "   ",
        "?",
        "tell me",
        "Is it a blorb?",
    ] {
        assert_eq!(reply("dog", text), Reply::Invalid, "{text}");
    }
}

#[test]
fn an_object_out_of_range_is_invalid() {
    let knowledge = Knowledge::full();
    for object in [158, usize::MAX] {
        assert_eq!(knowledge.reply(object, "Is it a dog?"), Reply::Invalid);
        assert!(!knowledge.names_object(object, "dog"));
    }
}
