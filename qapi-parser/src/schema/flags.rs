//! The flags of commands, in one table for the checks, the defaults and the schema.

/// A flag of a command.
pub(crate) struct Flag {
    /// The key in the schema language.
    pub(crate) key: &'static str,
    /// The value if the key is absent. The key may only be written with the other value.
    pub(crate) default: bool,
    /// Selects the field.
    pub(crate) field: fn(&mut CommandFlags) -> &mut bool,
}

macro_rules! flags {
    ($($(#[$doc:meta])* $field:ident: $key:literal = $default:literal,)*) => {
        /// The flags of a command.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct CommandFlags {
            $($(#[$doc])* pub $field: bool,)*
        }

        /// The flags of a command without any of their keys.
        impl Default for CommandFlags {
            fn default() -> Self {
                CommandFlags { $($field: $default),* }
            }
        }

        impl CommandFlags {
            /// Every flag.
            pub(crate) const ALL: &[Flag] = &[
                $(Flag { key: $key, default: $default, field: |flags| &mut flags.$field },)*
            ];
        }
    };
}

flags! {
    /// `gen`: generated code marshals the arguments and the result.
    generate: "gen" = true,
    /// `success-response`: success is answered.
    success_response: "success-response" = true,
    /// `boxed`: the handler takes its arguments as one object.
    boxed: "boxed" = false,
    /// `allow-oob`: the command may be executed out-of-band.
    allow_oob: "allow-oob" = false,
    /// `allow-preconfig`: the command may be executed before the machine is built.
    allow_preconfig: "allow-preconfig" = false,
    /// `coroutine`: the handler may yield.
    coroutine: "coroutine" = false,
}
