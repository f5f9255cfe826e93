//! Records spans and events as lines, in the order in which they come, per attempt.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The fields of a span or an event, by name.
#[derive(Clone, Debug, Default)]
pub struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    /// Shows all values of a field that is recorded more than once, as `tracing_subscriber::fmt`
    /// does.
    fn record_str(&mut self, field: &Field, value: &str) {
        let shown = self.0.entry(field.name()).or_default();
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(value);
    }
}

/// One entry of the trace.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `+` for the begin of a span, `-` for its end, `!` for an event.
    pub kind: char,
    pub name: String,
    pub fields: Fields,
    /// The direction of the attempt around it, or empty.
    pub direction: String,
}

/// The trace. Clones share it.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<Entry>>>);

impl Recorder {
    /// Takes the entries so far.
    pub fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn push<S>(
        &self,
        kind: char,
        name: &str,
        fields: Fields,
        around: Option<&Id>,
        cx: &Context<'_, S>,
    ) where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let spans = around.and_then(|id| cx.span_scope(id)).into_iter().flatten();
        let direction = spans
            .filter_map(|span| {
                let fields = span.extensions().get::<Fields>().cloned()?;
                (span.name() == "attempt").then(|| fields.get("direction").to_owned())
            })
            .next()
            .unwrap_or_default();
        let entry = Entry { kind, name: name.into(), fields, direction };
        self.0.lock().unwrap().push(entry);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let span = cx.span(id).unwrap();
        span.extensions_mut().insert(fields.clone());
        self.push('+', span.name(), fields, Some(id), &cx);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        let span = cx.span(id).unwrap();
        let mut extensions = span.extensions_mut();
        values.record(extensions.get_mut::<Fields>().unwrap());
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let name = fields.get("message").to_owned();
        let around = cx.lookup_current().map(|span| span.id());
        self.push('!', &name, fields, around.as_ref(), &cx);
    }

    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        let span = cx.span(&id).unwrap();
        let fields = span.extensions().get::<Fields>().cloned().unwrap();
        self.push('-', span.name(), fields, Some(&id), &cx);
    }
}

/// Writes entries as lines for people.
pub fn lines(entries: &[Entry]) -> String {
    let mut text = String::new();
    for Entry { kind, name, fields, direction } in entries {
        let fields = fields.0.iter().filter(|(name, _)| **name != "message");
        let fields: Vec<_> = fields.map(|(name, value)| format!("{name}={value}")).collect();
        writeln!(text, "{direction:8} {kind} {name} {}", fields.join(" ")).unwrap();
    }
    text
}
