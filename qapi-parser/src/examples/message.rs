//! Checks messages: requests, replies, events and the greeting.

use std::collections::HashMap;

use super::envelope::{self, get};
use super::error::ExampleError;
use super::find::Sender;
use super::json::{Json, JsonKind, JsonMember};
use super::value::{Extra, Fault, ValueChecker};
use crate::schema::{Command, Event, Schema, TypeId};
use crate::suggest::nearest;

/// The definitions that messages name.
pub(super) struct Names<'a> {
    schema: &'a Schema,
    commands: HashMap<&'a str, &'a Command>,
    events: HashMap<&'a str, &'a Event>,
    types: HashMap<&'a str, TypeId>,
}

/// The result of a check.
pub(super) enum Verdict {
    /// The faults of a message.
    Faults(Vec<Fault>),
    /// A result whose command is unknown.
    Unanswerable,
    /// An object without an arrow that is not a message, in documentation of something other than
    /// a type.
    Unrelated,
}

impl<'a> Names<'a> {
    pub(super) fn new(schema: &'a Schema) -> Names<'a> {
        let commands = schema.commands().iter();
        let events = schema.events().iter();
        Names {
            schema,
            commands: commands.map(|command| (&*command.definition.name, command)).collect(),
            events: events.map(|event| (&*event.definition.name, event)).collect(),
            types: schema.types().map(|(id, ty)| (ty.name(), id)).collect(),
        }
    }

    /// Checks a message in the documentation of `symbol`. The command of a request becomes
    /// `pending`; a reply answers that.
    pub(super) fn check(
        &self,
        sender: Sender,
        json: &Json,
        symbol: Option<&str>,
        pending: &mut Option<&'a Command>,
    ) -> Verdict {
        let mut cx = ValueChecker::new(self.schema);
        let JsonKind::Object(members) = &json.kind else {
            cx.wrong_type(json, "object");
            return Verdict::Faults(cx.into_faults());
        };
        let has = |name: &str| get(members, name).is_some();
        let is_request = has("execute") || has("exec-oob");
        match sender {
            Sender::Client => *pending = self.request(&mut cx, json, members),
            Sender::Unmarked if is_request => *pending = self.request(&mut cx, json, members),
            _ if has("event") => self.event(&mut cx, json, members),
            _ if has("error") => {
                *pending = None;
                envelope::check(&mut cx, json, envelope::ERROR);
            }
            _ if has("return") => match pending.take() {
                Some(command) => reply(&mut cx, json, members, command),
                None => return Verdict::Unanswerable,
            },
            _ if has("QMP") => envelope::check(&mut cx, json, envelope::GREETING),
            Sender::Server => {
                let expected = "a reply, an event or the greeting";
                cx.fault(json.start(), ExampleError::NotAMessage { expected });
            }
            Sender::Unmarked => match symbol.and_then(|symbol| self.types.get(symbol)) {
                Some(&ty) => cx.check(ty, json),
                None => return Verdict::Unrelated,
            },
        }
        Verdict::Faults(cx.into_faults())
    }

    /// Checks a request and returns its command.
    fn request(
        &self,
        cx: &mut ValueChecker<'a>,
        json: &Json,
        members: &[JsonMember],
    ) -> Option<&'a Command> {
        let named = ["execute", "exec-oob"].map(|key| Some((key, get(members, key)?)));
        let (key, value) = match named {
            [Some(named), None] | [None, Some(named)] => named,
            _ => {
                let expected = "a request with either 'execute' or 'exec-oob'";
                cx.fault(json.start(), ExampleError::NotAMessage { expected });
                return None;
            }
        };
        envelope::check(cx, json, envelope::REQUEST);
        let JsonKind::String(name) = &value.kind else { return None };
        let Some(&command) = self.commands.get(name.as_str()) else {
            let names = self.schema.commands().iter().map(|command| &*command.definition.name);
            let nearest = nearest(name, names).map(str::to_owned);
            let error = ExampleError::UnknownCommand { name: name.clone(), nearest };
            cx.at_member(key, |cx| cx.fault(value.span, error));
            return None;
        };
        if key == "exec-oob" && !command.flags.allow_oob {
            let error = ExampleError::OutOfBand { name: name.clone() };
            cx.at_member(key, |cx| cx.fault(value.span, error));
        }
        let extra = if command.flags.generate { Extra::Refused } else { Extra::Taken };
        self.data(cx, json, ("arguments", get(members, "arguments")), command.arguments, extra);
        Some(command)
    }

    fn event(&self, cx: &mut ValueChecker<'a>, json: &Json, members: &[JsonMember]) {
        envelope::check(cx, json, envelope::EVENT);
        let Some(value) = get(members, "event") else { return };
        let JsonKind::String(name) = &value.kind else { return };
        let Some(event) = self.events.get(name.as_str()) else {
            let names = self.schema.events().iter().map(|event| &*event.definition.name);
            let nearest = nearest(name, names).map(str::to_owned);
            let error = ExampleError::UnknownEvent { name: name.clone(), nearest };
            return cx.at_member("event", |cx| cx.fault(value.span, error));
        };
        self.data(cx, json, ("data", get(members, "data")), event.data, Extra::Refused);
    }

    /// Checks the arguments of a request or the data of an event, which may be left out if no
    /// member is mandatory.
    fn data(
        &self,
        cx: &mut ValueChecker<'a>,
        json: &Json,
        (name, data): (&str, Option<&Json>),
        ty: Option<TypeId>,
        extra: Extra,
    ) {
        let empty = Json { kind: JsonKind::Object(Vec::new()), span: json.start() };
        let data = data.unwrap_or(&empty);
        cx.at_member(name, |cx| match ty {
            Some(ty) => cx.check_object(self.schema.object(ty), data, extra),
            None if extra == Extra::Taken => {}
            None => envelope::check(cx, data, &[]),
        });
    }
}

fn reply(cx: &mut ValueChecker<'_>, json: &Json, members: &[JsonMember], command: &Command) {
    envelope::check(cx, json, envelope::REPLY);
    let Some(value) = get(members, "return") else { return };
    cx.at_member("return", |cx| match command.returns {
        _ if !command.flags.success_response => {
            let name = command.definition.name.clone();
            cx.fault(value.start(), ExampleError::NoReply { name });
        }
        Some(ty) => cx.check(ty, value),
        None => envelope::check(cx, value, &[]),
    });
}
