//! The JSON schema of the settings. It is committed, and a test holds it to [`Options`](super::Options): deriving it in the tool itself
//! would cost every build.

use std::sync::LazyLock;

use serde_json::Value;

/// The schema, in the draft that editors know best.
pub const SCHEMA: &str = include_str!("../../../wsupgrade.schema.json");

/// The names of all settings.
pub(super) fn keys() -> &'static [String] {
    static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap_or_default();
        let properties = schema.get("properties").and_then(Value::as_object);
        properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
    });
    &KEYS
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::run::config::Options;

    fn derived() -> Value {
        let settings = schemars::generate::SchemaSettings::draft07();
        let mut schema = settings.into_generator().into_root_schema_for::<Options>().to_value();
        let defaults = serde_json::to_value(Options::defaults()).unwrap();
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut).unwrap();
        for (key, property) in properties {
            without_null(property);
            if let (Some(property), Some(default)) = (property.as_object_mut(), defaults.get(key)) {
                property.insert("default".into(), default.clone());
            }
        }
        one_line_descriptions(&mut schema);
        schema
    }

    /// A setting may be left out, but TOML has no null.
    fn without_null(property: &mut Value) {
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                property["type"] = only.clone();
            }
        }
        if let Some(Value::Array(either)) = property.get_mut("anyOf") {
            either.retain(|schema| schema.get("type").is_none_or(|name| name != "null"));
        }
    }

    fn one_line_descriptions(schema: &mut Value) {
        match schema {
            Value::String(text) => *text = text.replace('\n', " "),
            Value::Array(values) => values.iter_mut().for_each(one_line_descriptions),
            Value::Object(entries) => entries.values_mut().for_each(one_line_descriptions),
            _ => {}
        }
    }

    #[test]
    fn the_schema_is_current() {
        let text = serde_json::to_string_pretty(&derived()).unwrap() + "\n";
        if std::env::var_os("WSUPGRADE_BLESS").is_some() {
            let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("wsupgrade.schema.json");
            std::fs::write(committed, &text).unwrap();
        }
        assert_eq!(SCHEMA, text, "run the tests twice with WSUPGRADE_BLESS=1 to write wsupgrade.schema.json");
    }
}
