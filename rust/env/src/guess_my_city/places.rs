//! Reads the places of the world: `phrases/places.txt`.

use super::data::{City, DataError, File, items};
use super::fold::plain;
use super::lexicon::{Atom, Cities, Lexicon, Sense, Wording, which};
use super::search::Search;
use super::secrets::Secrets;

/// Cities are near one another within these kilometres.
pub const NEAR: f64 = 130.0;

/// Adds places: `places.txt`, whose sections are kinds of them.
pub fn read(
    file: File,
    lexicon: &mut Lexicon,
    search: &Search<'_>,
) -> Result<Vec<[f64; 4]>, DataError> {
    let mut section = "";
    // By city: the area of its country, which "the north of the country" is about.
    let mut areas = vec![[f64::NAN; 4]; search.cities.len()];
    for (line, text) in file.lines() {
        if let Some(name) = text
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
        {
            section = name;
            continue;
        }
        let (left, list) = text.split_once('=').unwrap_or((text, ""));
        let (names, numbers) = left.split_once('@').unwrap_or((left, ""));
        let names: Vec<&str> = items(names, '|').collect();
        let numbers: Vec<f64> = numbers
            .split_whitespace()
            .map(|number| number.parse().unwrap_or(f64::NAN))
            .collect();
        let first = names.first().copied().unwrap_or_default();
        let set = search
            .expression(list, &mut lexicon.vocabulary)
            .map_err(|problem| file.error(line, problem))?;
        let area = <[f64; 4]>::try_from(numbers.as_slice()).ok();
        let known = &search.secrets;
        match section {
            "nowhere" => {
                for name in text.split(',').map(str::trim) {
                    let atom = Atom::new(0, name, Wording::In, known);
                    lexicon.add_atom([name], Sense::Place, atom);
                }
            }
            "places" => {
                let atom = Atom {
                    area,
                    ..Atom::new(set, first, Wording::In, known)
                };
                lexicon.add_atom(names, Sense::Place, atom);
            }
            "countries" => {
                let set = search.country(first);
                for (at, own) in areas.iter_mut().enumerate() {
                    if let Some(area) = area.filter(|_| set >> at & 1 == 1) {
                        *own = area;
                    }
                }
                country(first, &names, set, area, lexicon, search);
            }
            "features" => {
                let atom = Atom::new(set, first, Wording::At, known);
                lexicon.add_atom(names, Sense::Feature, atom);
            }
            "rulers" => {
                let atom = Atom::new(set, first, Wording::Ruled, known);
                lexicon.add_atom(names, Sense::Ruler, atom);
            }
            "near borders" => {
                let atom = Atom::new(set, first, Wording::That, known);
                lexicon.add_atom(names, Sense::NearBorder, atom);
            }
            "cities" => {
                let &[latitude, longitude] = numbers.as_slice() else {
                    return Err(file.error(line, "expected @ latitude longitude"));
                };
                city(
                    &names,
                    0,
                    search.around(latitude, longitude, NEAR),
                    lexicon,
                    known,
                );
            }
            _ => return Err(file.error(line, format!("there is no section [{section}]"))),
        }
    }
    Ok(areas)
}

/// Adds the names of a city, which is one of ours or none, and of those near it.
pub fn city(names: &[&str], own: Cities, near: Cities, lexicon: &mut Lexicon, known: &Secrets) {
    let names = || names.iter().copied();
    let first = names().next().unwrap_or_default();
    lexicon.add_atom(
        names(),
        Sense::Name,
        Atom::new(own, first, Wording::Named, known),
    );
    lexicon.add_atom(
        names(),
        Sense::Near,
        Atom::new(near | own, first, Wording::Near, known),
    );
}

/// Adds the names of a country, and who borders it.
pub fn country(
    first: &str,
    names: &[&str],
    set: Cities,
    area: Option<[f64; 4]>,
    lexicon: &mut Lexicon,
    search: &Search<'_>,
) {
    let atom = Atom {
        area,
        is_country: true,
        ..Atom::new(set, first, Wording::In, &search.secrets)
    };
    lexicon.add_atom(names.iter().copied(), Sense::Place, atom);
    let borders = |city: &City| {
        let mut beside = city.facts("neighbours").iter();
        beside.any(|neighbour| names.iter().any(|name| plain(neighbour) == plain(name)))
    };
    let atom = Atom::new(
        which(search.cities, borders),
        first,
        Wording::Borders,
        &search.secrets,
    );
    lexicon.add_atom(names.iter().copied(), Sense::Border, atom);
    lexicon.add_atom(
        names.iter().copied(),
        Sense::NearBorder,
        Atom::new(0, first, Wording::That, &search.secrets),
    );
}
