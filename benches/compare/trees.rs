//! The other trees, and where all of them are: below `target/bench`, made once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dense;

/// `target/`.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}

/// The directory `name`, which `make` fills where it is not there yet.
pub fn made(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let place = target().join("bench").join(name);
    if !place.is_dir() {
        let unfinished = place.with_extension("unfinished");
        let _ = fs::remove_dir_all(&unfinished);
        // A repository of its own, or it would belong to that of this project.
        fs::create_dir_all(unfinished.join(".git")).unwrap();
        make(&unfinished);
        fs::rename(&unfinished, &place).unwrap();
    }
    place
}

/// The dense tree with `times` as many files.
pub fn dense(times: f64) -> PathBuf {
    made(&format!("dense-{times}"), |root| dense::write(root, dense::COUNTED.times(times)))
}

/// `count` handlers in 3,000 files: each in a file of its own, and started by another one.
pub fn handlers(count: usize) -> PathBuf {
    made(&format!("handlers-{count}"), |root| {
        for number in 0..3_000 {
            let directory = root.join(format!("app/part_{:02}", number % 60));
            fs::create_dir_all(&directory).unwrap();
            let text = if number < count {
                format!(
                    "from app.part_{:02}.module_{:04} import handle\nimport websockets\n\n\nasync def main():\n    async with websockets.serve(handle, \"localhost\", 8765) as server:\n        await server.serve_forever()\n",
                    (number + count) % 60,
                    number + count
                )
            } else if number < 2 * count {
                "async def handle(ws, path):\n    async for message in ws:\n        if ws.open:\n            await ws.send(path + message)\n".to_owned()
            } else {
                "def plain(path):\n    return path.open\n".to_owned()
            };
            fs::write(directory.join(format!("module_{number:04}.py")), text).unwrap();
        }
    })
}

/// `count` classes, each derived from the one of the file before it, and each reading what the first one holds.
pub fn classes(count: usize) -> PathBuf {
    made(&format!("classes-{count}"), |root| {
        let directory = root.join("app");
        fs::create_dir_all(&directory).unwrap();
        let first = "import websockets\n\n\nclass Link0000:\n    async def open(self, uri):\n        self.ws = await websockets.connect(uri)\n";
        fs::write(directory.join("link_0000.py"), first).unwrap();
        for number in 1..count {
            // Chains of ten: nobody derives from what derives from hundreds.
            let base = if number.is_multiple_of(10) { 0 } else { number - 1 };
            let text = format!(
                "from app.link_{base:04} import Link{base:04}\n\n\nclass Link{number:04}(Link{base:04}):\n    def is_ready(self):\n        return self.ws.open\n"
            );
            fs::write(directory.join(format!("link_{number:04}.py")), text).unwrap();
        }
    })
}

/// Large packages of the index, of which few talk WebSocket, and some that do.
const PACKAGES: [&str; 22] = [
    "ansible==10.4.0",
    "apache-airflow==2.10.2",
    "azure-mgmt-compute==33.0.0",
    "boto3-stubs==1.35.0",
    "botocore==1.35.0",
    "deepgram-sdk==3.7.3",
    "django==5.1.1",
    "google-ads==25.0.0",
    "gql==3.5.0",
    "homeassistant==2024.3.3",
    "kubernetes==30.1.0",
    "langchain-community==0.3.0",
    "plotly==5.24.0",
    "prefect==2.20.9",
    "python-telegram-bot==21.6",
    "sanic==23.12.1",
    "stripe==10.12.0",
    "sympy==1.13.2",
    "twilio==9.3.0",
    "uvicorn==0.30.6",
    "web3==6.15.1",
    "websockets==13.1",
];

/// Real packages, as pip installs them; `None` without the network.
pub fn sparse() -> Option<PathBuf> {
    let place = target().join("bench/sparse");
    if place.is_dir() {
        return Some(place);
    }
    let unfinished = place.with_extension("unfinished");
    let _ = fs::remove_dir_all(&unfinished);
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target"]).arg(&unfinished);
    pip.args(["--no-warn-conflicts", "--only-binary", ":all:"]).args(PACKAGES);
    let is_there = pip.status().is_ok_and(|status| status.success());
    is_there.then(|| {
        fs::create_dir_all(unfinished.join(".git")).unwrap();
        fs::rename(&unfinished, &place).unwrap();
        place
    })
}

/// Ruff, from the index; `None` without the network.
pub fn ruff() -> Option<PathBuf> {
    let place = target().join("bench/ruff");
    if !place.is_dir() {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-compile", "--target"]).arg(&place).arg("ruff==0.12.0");
        if !pip.status().is_ok_and(|status| status.success()) {
            return None;
        }
    }
    Some(place.join("bin").join("ruff"))
}

/// All Python files below `root`, sorted.
pub fn python_files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
