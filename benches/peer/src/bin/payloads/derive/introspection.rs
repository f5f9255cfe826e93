//! The entries of `query-qmp-schema`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Serialize, Deserialize)]
pub struct SchemaInfo {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Vec<String>>,
    #[serde(flatten)]
    meta: SchemaMeta,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "meta-type", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
enum SchemaMeta {
    Builtin {
        json_type: JsonType,
    },
    Enum {
        members: Vec<EnumMember>,
        values: Vec<String>,
    },
    Array {
        element_type: String,
    },
    Object {
        members: Vec<ObjectMember>,
        #[serde(skip_serializing_if = "Option::is_none")]
        tag: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        variants: Option<Vec<ObjectVariant>>,
    },
    Alternate {
        members: Vec<AlternateMember>,
    },
    Command {
        arg_type: String,
        ret_type: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        allow_oob: Option<bool>,
    },
    Event {
        arg_type: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum JsonType {
    String,
    Number,
    Int,
    Boolean,
    Null,
    Object,
    Array,
    Value,
}

#[derive(Debug, Serialize, Deserialize)]
struct EnumMember {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Vec<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ObjectMember {
    name: String,
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Vec<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ObjectVariant {
    case: String,
    r#type: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct AlternateMember {
    r#type: String,
}
