//! What a buyer says of themselves: the opening, and the answers to questions.

use super::catalogue::{BRAND, COLOUR, FUEL, TYPE, feature_names, push_list, value_name};
use super::speech::{Remark, Speech};
use super::state::State;
use super::temperament::{BUDGET_BIT, Candour, FEATURES_BIT};

/// The opening: the cars, and the buyer's first words.
pub fn open(state: &State) -> String {
    let mut speech = Speech::new(&state.buyer, 0);
    speech.text.reserve(480);
    speech.text.push_str("Cars for sale:\n");
    for car in &state.lot {
        car.push_line(&mut speech.text);
    }
    speech.text.push_str("Buyer: ");
    speech.say(Remark::Greeting);
    for topic in TYPE..=BUDGET_BIT {
        if state.talk.told >> topic & 1 == 1 {
            answer(&mut speech, state, topic);
        }
    }
    speech.text.push('\n');
    speech.text
}

/// Says what the buyer wants, of one aspect or of the features, or has to spend.
pub fn answer(speech: &mut Speech, state: &State, topic: usize) {
    let buyer = &state.buyer;
    let wanted = |aspect: usize| {
        let value = buyer.wants.get(aspect).copied().unwrap_or(0);
        move |text: &mut String| text.push_str(value_name(aspect, value))
    };
    match topic {
        TYPE => speech.say_of(Remark::WantType, |text| {
            let kind = value_name(TYPE, buyer.wants[TYPE]);
            text.push_str(if kind == "SUV" { "an " } else { "a " });
            text.push_str(kind);
        }),
        BRAND => speech.say_of(Remark::WantBrand, wanted(BRAND)),
        FUEL => speech.say_of(Remark::WantFuel, wanted(FUEL)),
        COLOUR => speech.say_of(Remark::WantColour, wanted(COLOUR)),
        FEATURES_BIT => speech.say_of(Remark::WantFeatures, |text| {
            push_list(text, feature_names(buyer.features));
        }),
        _ => {
            let budget = buyer.budget;
            match buyer.temperament().candour {
                Candour::Silent => speech.say(Remark::NoBudget),
                Candour::Honest => speech.say_price(Remark::WantBudget, budget),
                Candour::Understated => {
                    speech.say_price(Remark::WantBudget, budget / 100 * 85 / 100 * 100);
                }
                Candour::Rounded => {
                    speech.say_price(Remark::WantBudget, (budget + 2500) / 5000 * 5000);
                }
            }
        }
    }
}
