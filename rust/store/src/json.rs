//! What may be stored as the `extra` of a trajectory.

use serde::de::IgnoredAny;

/// Whether this is a JSON object that holds no number beyond f64: such a one would be read as an
/// infinity, which is not JSON and could not be written again.
pub fn is_object(text: &str) -> bool {
    text == "{}"
        || text.trim_ascii_start().starts_with('{')
            && serde_json::from_str::<IgnoredAny>(text).is_ok()
            && numbers_are_finite(text)
}

/// Of valid JSON. Integers are read as they are, however many digits they have.
fn numbers_are_finite(mut rest: &str) -> bool {
    let begins = |c: char| c == '"' || c.is_ascii_digit();
    let goes_on = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    while let Some(at) = rest.find(begins) {
        let (_, found) = rest.split_at(at);
        rest = if let Some(string) = found.strip_prefix('"') {
            after_string(string)
        } else {
            let end = found.find(|c| !goes_on(c)).unwrap_or(found.len());
            let (number, after) = found.split_at(end);
            let is_float = number.contains(['.', 'e', 'E']);
            if is_float && !number.parse().is_ok_and(f64::is_finite) {
                return false;
            }
            after
        };
    }
    true
}

/// What follows the end of a string.
fn after_string(mut rest: &str) -> &str {
    while let Some(at) = rest.find(['"', '\\']) {
        let (_, found) = rest.split_at(at);
        if let Some(after) = found.strip_prefix('"') {
            return after;
        }
        rest = found.get(2..).unwrap_or_default();
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::is_object;

    #[test]
    fn objects_of_finite_numbers_alone_are_stored() {
        let digits = "9".repeat(400);
        for good in [
            "{}",
            " {\"a\" : [1, -2.5e3, \"1e999\", \"\\\"\", {\"b\": null}]} ",
            "{\"a\\\\\":\"\\ud800\",\"1e999\":1e308}",
            &format!("{{\"a\":{digits}}}"),
        ] {
            assert!(is_object(good), "{good}");
        }
        for bad in [
            "",
            "[1]",
            "{",
            "{\"a\":NaN}",
            "{\"a\":Infinity}",
            "{\"a\":1e999}",
            "{\"\\\"\":[\"x\",-1E+400]}",
            "{\"a\\\\\":1e999}",
            &format!("{{\"a\":{digits}.0}}"),
        ] {
            assert!(!is_object(bad), "{bad}");
        }
    }
}
