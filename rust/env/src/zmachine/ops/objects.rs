//! Objects, attributes and properties.

use super::low;
use crate::zmachine::fault::Fault;
use crate::zmachine::instruction::{Instruction, Step};
use crate::zmachine::machine::Machine;
use crate::zmachine::objects::Link;

pub fn jin(machine: &mut Machine, of: &Instruction) -> Step {
    let (object, parent) = machine.operands(of)?;
    let inside = machine.memory.link(object, Link::Parent)? == parent;
    machine.branch(of, inside)
}

pub fn get_parent(machine: &mut Machine, of: &Instruction) -> Step {
    let object = machine.operand(of, 0)?;
    let parent = machine.memory.link(object, Link::Parent)?;
    machine.result(of, parent)
}

pub fn get_sibling(machine: &mut Machine, of: &Instruction) -> Step {
    follow(machine, of, Link::Sibling)
}

pub fn get_child(machine: &mut Machine, of: &Instruction) -> Step {
    follow(machine, of, Link::Child)
}

fn follow(machine: &mut Machine, of: &Instruction, link: Link) -> Step {
    let object = machine.operand(of, 0)?;
    let found = machine.memory.link(object, link)?;
    machine.set(of.store, found)?;
    machine.branch(of, found != 0)
}

pub fn insert_obj(machine: &mut Machine, of: &Instruction) -> Step {
    let (object, parent) = machine.operands(of)?;
    let work = machine.memory.insert(object, parent)?;
    machine.spend(work)?;
    Ok(of.next)
}

pub fn remove_obj(machine: &mut Machine, of: &Instruction) -> Step {
    let object = machine.operand(of, 0)?;
    let work = machine.memory.remove(object)?;
    machine.spend(work)?;
    Ok(of.next)
}

pub fn test_attr(machine: &mut Machine, of: &Instruction) -> Step {
    let (object, attribute) = machine.operands(of)?;
    let on = machine.memory.attribute(object, attribute)?;
    machine.branch(of, on)
}

pub fn set_attr(machine: &mut Machine, of: &Instruction) -> Step {
    let (object, attribute) = machine.operands(of)?;
    machine.memory.set_attribute(object, attribute, true)?;
    Ok(of.next)
}

pub fn clear_attr(machine: &mut Machine, of: &Instruction) -> Step {
    let (object, attribute) = machine.operands(of)?;
    machine.memory.set_attribute(object, attribute, false)?;
    Ok(of.next)
}

/// The value of a property: of one byte, or the first word of a longer one.
pub fn get_prop(machine: &mut Machine, of: &Instruction) -> Step {
    let (object, number) = machine.operands(of)?;
    let memory = &machine.memory;
    let value = match memory.property(object, number)? {
        Some(property) if property.length == 1 => memory.byte(property.at)?.into(),
        Some(property) => memory.word(property.at)?,
        None => memory.default_property(number)?,
    };
    machine.result(of, value)
}

pub fn get_prop_addr(machine: &mut Machine, of: &Instruction) -> Step {
    let (object, number) = machine.operands(of)?;
    let property = machine.memory.property(object, number)?;
    let at = property.map_or(0, |property| property.at);
    machine.result(of, u16::try_from(at).unwrap_or_default())
}

pub fn get_prop_len(machine: &mut Machine, of: &Instruction) -> Step {
    let at = machine.operand(of, 0)?;
    let length = machine.memory.length_at(at.into())?;
    machine.result(of, length)
}

/// The number of the property after this one, or of the first after 0.
pub fn get_next_prop(machine: &mut Machine, of: &Instruction) -> Step {
    let (object, number) = machine.operands(of)?;
    let memory = &machine.memory;
    let next = match number {
        0 => memory.first_property(object)?,
        _ => match memory.property(object, number)? {
            Some(property) => memory.property_after(&property)?,
            None => None,
        },
    };
    machine.result(of, next.map_or(0, |property| property.number))
}

pub fn put_prop(machine: &mut Machine, of: &Instruction) -> Step {
    let [object, number, value, ..] = machine.all(of)?;
    let memory = &mut machine.memory;
    match memory.property(object, number)? {
        Some(property) if property.length == 1 => memory.set_byte(property.at, low(value))?,
        Some(property) => memory.set_word(property.at, value)?,
        None => {
            let property = number;
            return Err(Fault::Property { object, property }.into());
        }
    }
    Ok(of.next)
}
