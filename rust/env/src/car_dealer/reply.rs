//! A buyer played by somebody else, such as a language model.

use super::lexer::attended;
use super::listen::{Heard, listen};
use super::negotiation::End;
use super::state::State;

/// Takes one turn in which somebody else speaks for the buyer; the scripted buyer's limit and
/// patience have no part in it.
///
/// What is agreed is read from the words, roughly: a reply that accepts ("deal", "I'll take it")
/// buys the car under discussion at the price in the reply or else at the last one asked; any other
/// price in a reply is an offer, which the seller may accept; "goodbye" leaves.
pub fn take_turn(state: &mut State, heard: &Heard, reply: &str) -> (String, End) {
    if heard.names_car()
        && let Some(car) = state.named(heard.aspects)
        && state.talk.car != Some(car)
    {
        let talk = &mut state.talk;
        (talk.car, talk.asked, talk.offer) = (Some(car), 0, 0);
    }
    (
        attended(reply).to_owned(),
        settle(state, heard, &listen(reply)),
    )
}

fn settle(state: &mut State, heard: &Heard, said: &Heard) -> End {
    if let Some((at, _)) = state.car() {
        let ceiling = state.ceiling(at);
        let talk = &mut state.talk;
        talk.asked = heard.price.unwrap_or(talk.asked);
        if heard.agrees && heard.price.is_none() && talk.offer > 0 {
            return End::Sold(talk.offer.min(ceiling));
        }
        let agreed = said.price.unwrap_or(talk.asked);
        if said.agrees && agreed > 0 {
            return End::Sold(agreed.min(ceiling));
        }
        talk.offer = said.price.map_or(talk.offer, |offer| offer.min(ceiling));
    }
    if said.leaves { End::Left } else { End::GoesOn }
}
