//! Which opcode is which instruction, by version.

use super::instruction::Handler;
use super::ops::{control, math, objects, screen, tables, text, variables};

/// How an opcode is written, which decides what its number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Two operands, or any number in its variable form.
    Two,
    One,
    Zero,
    Variable,
    Extended,
}

/// What an opcode does, and what follows its operands.
pub(super) struct Opcode {
    pub handler: Handler,
    pub stores: bool,
    pub branches: bool,
}

const fn plain(handler: Handler) -> Opcode {
    Opcode {
        handler,
        stores: false,
        branches: false,
    }
}

const fn stores(handler: Handler) -> Opcode {
    Opcode {
        handler,
        stores: true,
        branches: false,
    }
}

const fn branches(handler: Handler) -> Opcode {
    Opcode {
        handler,
        stores: false,
        branches: true,
    }
}

const fn both(handler: Handler) -> Opcode {
    Opcode {
        handler,
        stores: true,
        branches: true,
    }
}

/// The opcode of this form and number, if this version of the machine has it.
pub(super) fn opcode(form: Form, number: u8, version: u8) -> Option<Opcode> {
    match form {
        Form::Two => two(number, version),
        Form::One => one(number, version),
        Form::Zero => zero(number, version),
        Form::Variable => variable(number, version),
        Form::Extended => extended(number),
    }
}

fn two(number: u8, version: u8) -> Option<Opcode> {
    Some(match number {
        1 => branches(control::je),
        2 => branches(control::jl),
        3 => branches(control::jg),
        4 => branches(variables::dec_chk),
        5 => branches(variables::inc_chk),
        6 => branches(objects::jin),
        7 => branches(control::test),
        8 => stores(math::or),
        9 => stores(math::and),
        10 => branches(objects::test_attr),
        11 => plain(objects::set_attr),
        12 => plain(objects::clear_attr),
        13 => plain(variables::store),
        14 => plain(objects::insert_obj),
        15 => stores(tables::loadw),
        16 => stores(tables::loadb),
        17 => stores(objects::get_prop),
        18 => stores(objects::get_prop_addr),
        19 => stores(objects::get_next_prop),
        20 => stores(math::add),
        21 => stores(math::sub),
        22 => stores(math::mul),
        23 => stores(math::div),
        24 => stores(math::modulo),
        25 if version >= 4 => stores(control::call_stored),
        26 if version >= 5 => plain(control::call_plain),
        27 if version >= 5 => plain(screen::ignored),
        28 if version >= 5 => plain(control::throw),
        _ => return None,
    })
}

fn one(number: u8, version: u8) -> Option<Opcode> {
    Some(match number {
        0 => branches(control::jz),
        1 => both(objects::get_sibling),
        2 => both(objects::get_child),
        3 => stores(objects::get_parent),
        4 => stores(objects::get_prop_len),
        5 => plain(variables::inc),
        6 => plain(variables::dec),
        7 => plain(text::print_addr),
        8 if version >= 4 => stores(control::call_stored),
        9 => plain(objects::remove_obj),
        10 => plain(text::print_obj),
        11 => plain(control::ret),
        12 => plain(control::jump),
        13 => plain(text::print_paddr),
        14 => stores(variables::load),
        15 if version <= 4 => stores(math::not),
        15 => plain(control::call_plain),
        _ => return None,
    })
}

fn zero(number: u8, version: u8) -> Option<Opcode> {
    Some(match number {
        0 => plain(control::rtrue),
        1 => plain(control::rfalse),
        2 => plain(text::print),
        3 => plain(text::print_ret),
        4 | 12 => plain(screen::ignored),
        5 | 6 if version == 3 => branches(control::never),
        5 | 6 if version == 4 => stores(screen::zero),
        7 => plain(control::restart),
        8 => plain(control::ret_popped),
        9 if version <= 4 => plain(variables::pop),
        9 => stores(control::catch),
        10 => plain(control::quit),
        11 => plain(text::new_line),
        13 => branches(control::verify),
        15 if version >= 5 => branches(control::always),
        _ => return None,
    })
}

fn variable(number: u8, version: u8) -> Option<Opcode> {
    Some(match number {
        0 => stores(control::call_stored),
        1 => plain(tables::storew),
        2 => plain(tables::storeb),
        3 => plain(objects::put_prop),
        4 if version <= 4 => plain(text::read),
        4 => stores(text::read),
        5 => plain(text::print_char),
        6 => plain(text::print_num),
        7 => stores(math::random),
        8 => plain(variables::push),
        9 => plain(variables::pull),
        10 | 20 | 21 => plain(screen::ignored),
        11 => plain(screen::set_window),
        12 if version >= 4 => stores(control::call_stored),
        13..=15 | 17 | 18 if version >= 4 => plain(screen::ignored),
        16 if version >= 4 => plain(screen::get_cursor),
        19 => plain(screen::output_stream),
        22 if version >= 4 => stores(text::read_char),
        23 if version >= 4 => both(tables::scan_table),
        24 if version >= 5 => stores(math::not),
        25 | 26 if version >= 5 => plain(control::call_plain),
        27 if version >= 5 => plain(text::tokenise),
        28 if version >= 5 => plain(text::encode_text),
        29 if version >= 5 => plain(tables::copy_table),
        30 if version >= 5 => plain(text::print_table),
        31 if version >= 5 => branches(control::check_arg_count),
        _ => return None,
    })
}

fn extended(number: u8) -> Option<Opcode> {
    Some(match number {
        0 | 1 | 4 => stores(screen::zero),
        2 => stores(math::log_shift),
        3 => stores(math::art_shift),
        9 => stores(control::save_undo),
        10 => stores(control::restore_undo),
        11 => plain(text::print_unicode),
        12 => stores(text::check_unicode),
        13 => plain(screen::ignored),
        _ => return None,
    })
}
