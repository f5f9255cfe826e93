//! `if` conditions.

use super::keys::Keys;
use super::{DefinitionChecker, ExprError, Subject};
use crate::cond::IfCond;
use crate::expression::{Object, Value};

const CONDITION: Keys = Keys::new(&[], &["all", "any", "not"]);

impl DefinitionChecker<'_> {
    /// Returns the condition under the object's key `if`.
    pub(super) fn cond(&mut self, object: &Object, subject: Subject) -> Option<IfCond> {
        self.condition(object.get("if")?, subject)
    }

    fn condition(&mut self, value: &Value, subject: Subject) -> Option<IfCond> {
        match value {
            Value::String(symbol) => {
                if !IfCond::is_symbol(&symbol.text) {
                    let error = ExprError::CondSymbol {
                        symbol: symbol.text.clone(),
                        subject: subject.to_string(),
                    };
                    self.error(symbol.span, error);
                    return None;
                }
                Some(IfCond::Symbol(symbol.text.clone()))
            }
            Value::Object(object) => self.operator(object, subject),
            Value::Array(..) | Value::Bool(..) => {
                self.error(value.span(), ExprError::CondShape { subject: subject.to_string() });
                None
            }
        }
    }

    fn operator(&mut self, object: &Object, subject: Subject) -> Option<IfCond> {
        let before = self.diagnostics.len();
        self.check_keys(object, Subject::Cond(&subject), &CONDITION);
        if self.diagnostics.len() > before {
            return None;
        }
        let [(operator, operand)] = object.members.as_slice() else {
            self.error(object.span, ExprError::CondKeys { subject: subject.to_string() });
            return None;
        };
        if operator.text == "not" {
            return Some(IfCond::Not(Box::new(self.condition(operand, subject)?)));
        }
        let Value::Array(operands, span) = operand else {
            let error = ExprError::CondNotArray {
                operator: operator.text.clone(),
                subject: subject.to_string(),
            };
            self.error(operand.span(), error);
            return None;
        };
        if operands.is_empty() {
            self.error(*span, ExprError::CondEmpty { subject: subject.to_string() });
            return None;
        }
        let operands: Vec<IfCond> =
            operands.iter().filter_map(|operand| self.condition(operand, subject)).collect();
        Some(if operator.text == "all" { IfCond::All(operands) } else { IfCond::Any(operands) })
    }
}
