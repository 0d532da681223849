//! Writes the registry of rules from the rules' own source: `rules/<family>/<rule>.rs`.
//!
//! A rule is complete in its file. This script finds it, takes its documentation and the kind of node that its `check` looks
//! at, and refuses to build where the documentation has no example.

#![allow(clippy::expect_used, clippy::panic, reason = "a build stops where it cannot go on")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use syn::{Attribute, Expr, FnArg, Item, Lit, Meta, Type};
use walkdir::WalkDir;

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=build.rs");
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let root = package.join("rules");
    let home = way(&out, &package);
    let mut files: Vec<PathBuf> = WalkDir::new(&root)
        .min_depth(2)
        .into_iter()
        .map(|entry| entry.expect("rules/ is readable").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    let mut modules = String::new();
    let mut entries = String::new();
    for file in &files {
        let rule = Rule::read(file).unwrap_or_else(|problem| panic!("{}: {problem}", file.display()));
        let Rule { module, family, docs, node } = rule;
        let path = home.join(file.strip_prefix(&package).expect("the rules are in the package"));
        writeln!(modules, "#[path = {:?}]\nmod {module};", path.to_string_lossy()).expect("writing to a string");
        writeln!(
            entries,
            "    Rule {{ name: {name:?}, family: {family:?}, docs: {docs:?}, meta: &{module}::META, check: Check::{node}({module}::check) }},",
            name = module.replace('_', "-"),
        )
        .expect("writing to a string");
    }
    let registry =
        format!("{modules}\n/// All rules, by family and name.\npub static RULES: &[Rule] = &[\n{entries}];\n");
    fs::write(out.join("registry.rs"), registry).expect("OUT_DIR is writable");
}

/// From what is written in `out` back to the package: relative where that is inside of it, so that a clone can move.
fn way(out: &Path, package: &Path) -> PathBuf {
    match out.strip_prefix(package) {
        Ok(inside) => inside.components().map(|_| "..").collect(),
        Err(_) => package.to_owned(),
    }
}

struct Rule {
    module: String,
    family: String,
    docs: String,
    node: &'static str,
}

impl Rule {
    fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        let file = syn::parse_file(&text).map_err(|error| error.to_string())?;
        let name = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).unwrap_or_default().to_owned();
        let docs = documentation(&file.attrs);
        let examples = docs.matches("```python").count();
        if examples == 0 {
            return Err("the documentation has no ```python example, which is the first test of a rule".into());
        }
        let node = file.items.iter().find_map(looks_at).ok_or("no `pub fn check` of a known signature")?;
        Ok(Self { module: name(path.file_stem()), family: name(path.parent().and_then(Path::file_name)), docs, node })
    }
}

/// The `//!` lines, one leading space less.
fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned()).collect::<Vec<_>>().join("\n")
}

/// The variant of `Check` for the type of the first parameter of `pub fn check`.
fn looks_at(item: &Item) -> Option<&'static str> {
    let Item::Fn(function) = item else { return None };
    if function.sig.ident != "check" {
        return None;
    }
    let Some(FnArg::Typed(first)) = function.sig.inputs.first() else { return None };
    let Type::Reference(reference) = &*first.ty else { return None };
    let Type::Path(path) = &*reference.elem else { return None };
    match path.path.segments.last()?.ident.to_string().as_str() {
        "ExprCall" => Some("Call"),
        "ExprAttribute" => Some("Attribute"),
        "ExceptHandlerExceptHandler" => Some("Handler"),
        "StmtTry" => Some("Try"),
        "StmtFunctionDef" => Some("Function"),
        "StmtClassDef" => Some("Class"),
        "StmtImport" => Some("Import"),
        "StmtImportFrom" => Some("ImportFrom"),
        "ModModule" => Some("Module"),
        "Endpoint" => Some("Endpoint"),
        "FirstOffer" => Some("FirstOffer"),
        "Unused" => Some("Unused"),
        "Declaration" => Some("Declaration"),
        _ => None,
    }
}
