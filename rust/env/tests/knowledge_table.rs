//! The table of the knowledge base: complete, and consistent with itself.

use std::collections::{HashMap, HashSet};

use archer_env::twenty_questions::knowledge::{Knowledge, Reply};

fn knowledge() -> &'static Knowledge {
    Knowledge::load().expect("the data files are well formed")
}

fn row(attribute: &str) -> Vec<bool> {
    let count = knowledge().objects().len();
    (0..count)
        .map(|object| knowledge().holds(attribute, object).expect(attribute))
        .collect()
}

#[test]
fn objects_and_categories_are_complete() {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for object in knowledge().objects() {
        *counts.entry(&object.category).or_default() += 1;
        assert_eq!(object.name, object.names[0]);
        assert!(object.names.iter().all(|name| *name == name.to_lowercase()));
    }
    let expected = [
        ("sports", 10),
        ("animals", 10),
        ("fruits", 10),
        ("vehicles", 10),
        ("clothes", 11),
        ("electronics", 10),
        ("musical instruments", 10),
        ("furniture", 10),
        ("office supplies", 14),
        ("vegetables", 10),
        ("art", 7),
        ("kitchen tools", 10),
        ("nature", 11),
        ("toys", 5),
        ("jewelry", 9),
        ("garden supplies", 5),
        ("tools", 6),
    ];
    assert_eq!(counts, HashMap::from(expected));
    assert_eq!(knowledge().objects().len(), 158);
}

#[test]
fn accepted_names_are_unique_and_found() {
    let mut seen = HashSet::new();
    for (index, object) in knowledge().objects().iter().enumerate() {
        for name in &object.names {
            assert!(seen.insert(name), "{name} is accepted for two objects");
            assert_eq!(
                knowledge().find_object(&format!("  {}\t", name.to_uppercase())),
                Some(index)
            );
        }
    }
    assert_eq!(knowledge().find_object("spaceship"), None);
    assert_eq!(
        knowledge().find_object("pair of  pants"),
        knowledge().find_object("pants")
    );
}

#[test]
fn nearest_names_come_by_edit_distance() {
    assert_eq!(knowledge().nearest_names("bananna", 1), ["banana"]);
    assert_eq!(knowledge().nearest_names("PIANO", 2)[0], "piano");
    assert_eq!(knowledge().nearest_names("", 0), Vec::<String>::new());
    assert_eq!(knowledge().nearest_names(&"x".repeat(10_000), 3).len(), 3);
}

#[test]
fn every_object_has_a_value_for_each_attribute_and_a_row_of_its_own() {
    let questions = knowledge().questions();
    assert!(questions.len() >= 100, "{} attributes", questions.len());
    let rows: Vec<Vec<bool>> = questions
        .iter()
        .map(|question| row(&question.attribute))
        .collect();
    let mut seen: HashMap<Vec<bool>, &str> = HashMap::new();
    for (index, object) in knowledge().objects().iter().enumerate() {
        let values: Vec<bool> = rows.iter().map(|row| row[index]).collect();
        if let Some(other) = seen.insert(values, &object.name) {
            panic!("{} and {other} have the same row", object.name);
        }
    }
}

#[test]
fn all_phrasings_are_understood_and_agree_with_the_table() {
    let mut seen = HashSet::new();
    for question in knowledge().questions() {
        assert!(
            seen.insert(&question.attribute),
            "{} is asked twice",
            question.attribute
        );
        assert!((2..=4).contains(&question.phrasings.len()), "{question:?}");
        let row = row(&question.attribute);
        for phrasing in &question.phrasings {
            for (object, holds) in row.iter().enumerate() {
                let reply = knowledge().reply(object, phrasing);
                let said = match reply {
                    Reply::Yes | Reply::Named => true,
                    Reply::No => false,
                    Reply::Invalid => panic!("not understood: {phrasing}"),
                };
                let name = &knowledge().objects()[object].name;
                assert_eq!(
                    said, *holds,
                    "{phrasing} [{}] for {name}",
                    question.attribute
                );
            }
        }
    }
}

/// Whatever the first holds for, the second holds for.
const IMPLIES: [(&str, &str); 66] = [
    ("mammal", "animal"),
    ("animal", "alive"),
    ("animal", "natural"),
    ("animal", "breathes"),
    ("alive", "grows"),
    ("alive", "natural"),
    ("pet", "domestic"),
    ("domestic", "animal"),
    ("wild", "animal"),
    ("livestock", "domestic"),
    ("feline", "carnivore"),
    ("big-cat", "feline"),
    ("big-cat", "wild"),
    ("canine", "animal"),
    ("carnivore", "eats-meat"),
    ("eats-meat", "animal"),
    ("herbivore", "animal"),
    ("hooves", "four-legs"),
    ("paws", "claws"),
    ("striped", "feline"),
    ("milk", "livestock"),
    ("runs", "animal"),
    ("fur", "animal"),
    ("tusks", "animal"),
    ("fruit", "food"),
    ("vegetable", "food"),
    ("food", "from-plant"),
    ("food", "grows"),
    ("food", "healthy"),
    ("berry", "fruit"),
    ("citrus", "fruit"),
    ("tropical", "fruit"),
    ("melon", "fruit"),
    ("grows-on-tree", "fruit"),
    ("juicy", "food"),
    ("root-vegetable", "vegetable"),
    ("sweet", "food"),
    ("eaten-raw", "food"),
    ("cooked", "food"),
    ("pit", "seeds"),
    ("hand-tool", "tool"),
    ("power-tool", "tool"),
    ("workshop-tool", "tool"),
    ("cutlery", "tool"),
    ("appliance", "machine"),
    ("appliance", "electric"),
    ("electronic", "electric"),
    ("battery-powered", "electric"),
    ("plugged-in", "electric"),
    ("plugged-in", "cord"),
    ("rechargeable", "has-battery"),
    ("motor-vehicle", "vehicle"),
    ("motor-vehicle", "wheels"),
    ("aircraft", "flies"),
    ("watercraft", "floats"),
    ("vehicle", "engine"),
    ("vehicle", "ridden"),
    ("tires", "wheels"),
    ("handlebars", "two-wheeler"),
    ("clothing", "worn"),
    ("clothing", "man-made"),
    ("footwear", "pairs"),
    ("ball", "sports-equipment"),
    ("string-instrument", "strings"),
    ("huge", "large"),
    ("tiny", "small"),
];

/// No object has both.
const EXCLUDES: [(&str, &str); 24] = [
    ("alive", "man-made"),
    ("natural", "man-made"),
    ("food", "man-made"),
    ("soft", "hard"),
    ("large", "small"),
    ("heavy", "light"),
    ("animal", "plant"),
    ("animal", "vehicle"),
    ("vehicle", "home"),
    ("clothing", "electronic"),
    ("wild", "pet"),
    ("livestock", "wild"),
    ("carnivore", "herbivore"),
    ("body-of-water", "solid"),
    ("piece-of-furniture", "worn"),
    ("wind-instrument", "string-instrument"),
    ("brass-instrument", "woodwind"),
    ("percussion", "wind-instrument"),
    ("salt-water", "fresh-water"),
    ("mainly-women", "mainly-men"),
    ("spherical", "flat"),
    ("expensive", "used-up"),
    ("dangerous", "pet"),
    ("huge", "handheld"),
];

#[test]
fn implications_hold_for_every_object() {
    for (premise, conclusion) in IMPLIES {
        for (object, (premised, concluded)) in
            row(premise).into_iter().zip(row(conclusion)).enumerate()
        {
            let name = &knowledge().objects()[object].name;
            assert!(
                !premised || concluded,
                "{name} is {premise} but not {conclusion}"
            );
        }
    }
}

#[test]
fn exclusions_hold_for_every_object() {
    for (left, right) in EXCLUDES {
        for (object, (one, other)) in row(left).iter().zip(row(right)).enumerate() {
            assert!(
                !(*one && other),
                "{} is both {left} and {right}",
                knowledge().objects()[object].name
            );
        }
    }
}

#[test]
fn every_object_is_either_natural_or_man_made() {
    for (object, (natural, made)) in row("natural").into_iter().zip(row("man-made")).enumerate() {
        assert!(natural != made, "{}", knowledge().objects()[object].name);
    }
}

#[test]
fn comparisons_order_all_objects() {
    let knowledge = knowledge();
    for phrase in ["bigger", "heavier", "longer"] {
        let asked = |a: usize, b: usize| {
            let name = &knowledge.objects()[b].name;
            knowledge.reply(a, &format!("Is it {phrase} than a {name}?"))
        };
        let wins = |a: usize| (0..158).filter(|&b| asked(a, b) == Reply::Yes).count();
        let mut order: Vec<usize> = (0..158).step_by(5).collect();
        order.sort_by_key(|&object| wins(object));
        for (at, &small) in order.iter().enumerate() {
            assert_eq!(asked(small, small), Reply::No);
            for &large in &order[at + 1..] {
                assert_eq!(
                    asked(small, large),
                    Reply::No,
                    "{small} {phrase} than {large}"
                );
            }
        }
    }
}
