//! Plugins in WebAssembly text, so that they can be as bad as no compiler would make them.
//!
//! A [`Guest`] is a core module that keeps to the ABI but for what a test changes: it describes itself, and its functions
//! have the bodies that the test gives. Answers are laid out in its memory as the canonical ABI has it.

use wit_component::StringEncoding;
use wit_parser::Resolve;

/// Where the guest's data begins. What is below belongs to the tests' functions.
const DATA: usize = 4096;
/// Where its heap begins.
const HEAP: usize = 1 << 16;

/// A schema of parameters, for those who want one.
pub(crate) const SCHEMA: &str = r#"{"type":"object","properties":{"level":{"type":"integer"}}}"#;

/// A plugin to be.
pub(crate) struct Guest {
    data: Vec<u8>,
    manifest: [String; 5],
    describe: Option<String>,
    exports: Vec<(&'static str, &'static str, String)>,
    imports: String,
    more: String,
    pages: usize,
    version: &'static str,
    wit: fn(&str) -> String,
}

/// The version of the ABI that `wit/` has.
const VERSION: &str = "0.1.0";

impl Guest {
    /// A plugin that describes itself well and decides nothing.
    pub(crate) fn new(name: &str) -> Self {
        let manifest = [name, "1.2.3", "For a test.", SCHEMA, ""].map(str::to_owned);
        Self {
            data: Vec::new(),
            manifest,
            describe: None,
            exports: Vec::new(),
            imports: String::new(),
            more: String::new(),
            pages: 4,
            version: VERSION,
            wit: str::to_owned,
        }
    }

    /// A plugin that lets everybody join.
    pub(crate) fn welcoming(name: &str) -> Self {
        let mut guest = Self::new(name);
        let admit = guest.admit();
        guest.check(format!("(i32.const {admit})"))
    }

    /// Changes what `describe` says: name, version, description, schema, extra.
    pub(crate) fn manifest(mut self, change: impl FnOnce(&mut [String; 5])) -> Self {
        change(&mut self.manifest);
        self
    }

    /// The body of `describe`, instead of one that works: it returns the address of a description.
    pub(crate) fn describe(mut self, body: impl Into<String>) -> Self {
        self.describe = Some(body.into());
        self
    }

    /// The body of `eligibility.check`: `$in` is the address of the application; it returns that of a verdict.
    pub(crate) fn check(mut self, body: impl Into<String>) -> Self {
        self.exports.push(("eligibility", "check", body.into()));
        self
    }

    /// The body of `scoring.score`: it returns the address of an outcome or a refusal.
    pub(crate) fn score(mut self, body: impl Into<String>) -> Self {
        self.exports.push(("scoring", "score", body.into()));
        self
    }

    /// The body of `rewards.payout`: it returns the address of a list of grants, pointer and length.
    pub(crate) fn payout(mut self, body: impl Into<String>) -> Self {
        self.exports.push(("rewards", "payout", body.into()));
        self
    }

    /// The body of a function of another interface, which takes a number and returns one.
    pub(crate) fn export(mut self, interface: &'static str, name: &'static str, body: &str) -> Self {
        self.exports.push((interface, name, body.to_owned()));
        self
    }

    /// One more function of `host` that it imports, which returns a number.
    pub(crate) fn import(mut self, name: &str) -> Self {
        self.imports += &format!(r#"(import "world-events:rules/host@{VERSION}" "{name}" (func (result i64)))"#);
        self
    }

    /// Changes the text of the ABI that it is written for.
    pub(crate) fn wit(mut self, change: fn(&str) -> String) -> Self {
        self.wit = change;
        self
    }

    /// More fields of the module.
    pub(crate) fn more(mut self, fields: &str) -> Self {
        self.more.push_str(fields);
        self
    }

    /// The version of the ABI that it is written for.
    pub(crate) fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    /// How many pages of memory it starts with.
    pub(crate) fn pages(mut self, pages: usize) -> Self {
        self.pages = pages;
        self
    }

    /// Puts bytes into the memory, aligned to 8, and says where.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> usize {
        self.data.resize(self.data.len().next_multiple_of(8), 0);
        let address = DATA + self.data.len();
        self.data.extend(bytes);
        assert!(DATA + self.data.len() <= HEAP, "the guest's data is too large");
        address
    }

    fn words(&mut self, words: &[usize]) -> usize {
        let bytes: Vec<u8> = words.iter().flat_map(|word| u32::try_from(*word).unwrap().to_le_bytes()).collect();
        self.put(&bytes)
    }

    /// An admission with nothing to it.
    pub(crate) fn admit(&mut self) -> usize {
        self.words(&[0; 7])
    }

    /// An admission with JSON text, and counters by name.
    pub(crate) fn admit_with(&mut self, progress: &str, counters: &[(&str, i64)]) -> usize {
        let progress_at = self.put(progress.as_bytes());
        let mut words = Vec::new();
        for (name, value) in counters {
            words.extend([
                self.put(name.as_bytes()),
                name.len(),
                *value as u32 as usize,
                (*value >> 32) as u32 as usize,
            ]);
        }
        let counters_at = self.words(&words);
        self.words(&[0, progress_at, progress.len(), counters_at, counters.len(), 0, 0])
    }

    /// A refusal at the door, with strings given as address and length.
    pub(crate) fn refuse(&mut self, code: &str, (message, length): (usize, usize)) -> usize {
        let word = self.put(code.as_bytes());
        self.words(&[1, word, code.len(), message, length, 0, 0])
    }

    /// A refusal of a report. An outcome begins at a multiple of 8, so a refusal does, too.
    pub(crate) fn refuse_report(&mut self, code: &str, message: &str) -> usize {
        let (code_at, message_at) = (self.put(code.as_bytes()), self.put(message.as_bytes()));
        self.words(&[1, 0, code_at, code.len(), message_at, message.len(), 0, 0])
    }

    /// An outcome with a score, JSON texts, and counters at an address.
    pub(crate) fn outcome(
        &mut self,
        score: u64,
        progress: &str,
        achievements: &str,
        counters: (usize, usize),
    ) -> usize {
        let progress_at = self.put(progress.as_bytes());
        let achievements_at = self.put(achievements.as_bytes());
        let score = [score as u32 as usize, (score >> 32) as usize];
        let (ok, completed, extra) = (0, 0, 0);
        self.words(&[
            ok,
            0,
            score[0],
            score[1],
            progress_at,
            progress.len(),
            achievements_at,
            achievements.len(),
            completed,
            counters.0,
            counters.1,
            extra,
            0,
        ])
    }

    /// A list of grants: player, reward type by number, reward id, amount.
    pub(crate) fn grants(&mut self, grants: &[(&str, u8, Option<&str>, u64)]) -> usize {
        let mut words = Vec::new();
        for (player, kind, id, amount) in grants {
            let player_at = self.put(player.as_bytes());
            let id_at = self.put(id.unwrap_or_default().as_bytes());
            words.extend([player_at, player.len(), usize::from(*kind), usize::from(id.is_some())]);
            words.extend([id_at, id.unwrap_or_default().len(), *amount as u32 as usize, (amount >> 32) as usize]);
            words.extend([0; 4]);
        }
        let rows = self.words(&words);
        self.words(&[rows, grants.len()])
    }

    /// The module as text.
    fn text(&mut self) -> String {
        let description: Vec<usize> =
            self.manifest.clone().iter().flat_map(|text| [self.put(text.as_bytes()), text.len()]).collect();
        let description = self.words(&description);
        let describe = self.describe.take().unwrap_or_else(|| format!("(i32.const {description})"));
        let exports: String = self
            .exports
            .iter()
            .map(|(interface, name, body)| {
                format!(
                    r#"(func ${name} (export "world-events:rules/{interface}@{VERSION}#{name}") (param $in i32) (result i32)
                        {body})"#
                )
            })
            .collect();
        let data: String = self.data.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let Self { imports, more, pages, .. } = self;
        format!(
            r#"(module $guest
                (import "world-events:rules/host@{VERSION}" "log" (func $log (param i32 i32 i32)))
                (import "world-events:rules/host@{VERSION}" "random-u64" (func $random (result i64)))
                {imports}
                (memory (export "memory") {pages})
                (global $heap (mut i32) (i32.const {HEAP}))
                ;; Never frees, as a call is short.
                (func $realloc (export "cabi_realloc")
                    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
                    (local $address i32)
                    (local.set $address
                        (i32.and
                            (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
                            (i32.sub (i32.const 0) (local.get $align))))
                    (global.set $heap (i32.add (local.get $address) (local.get $size)))
                    (block $enough
                        (loop $more
                            (br_if $enough
                                (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
                            (drop (memory.grow (i32.const 1)))
                            (br $more)))
                    (local.get $address))
                (func $describe (export "world-events:rules/manifest@{VERSION}#describe") (result i32)
                    {describe})
                {exports}
                {more}
                (data (i32.const {DATA}) "{data}"))"#
        )
    }

    /// The plugin, as it is uploaded.
    pub(crate) fn build(mut self) -> Vec<u8> {
        let mut interfaces: Vec<_> = self.exports.iter().map(|(interface, ..)| *interface).collect();
        interfaces.push("manifest");
        let exports: String =
            interfaces.iter().map(|interface| format!("export world-events:rules/{interface}@{VERSION};")).collect();
        let world =
            format!("package test:plugins; world plugin {{ import world-events:rules/host@{VERSION}; {exports} }}");
        let module = self.text();
        let version = |text: &str| text.replace(&format!("@{VERSION}"), &format!("@{}", self.version));
        described(&version(&module), abi(|text| (self.wit)(&version(text))), &version(&world))
    }
}

/// The ABI, with its text changed.
fn abi(change: impl Fn(&str) -> String) -> Resolve {
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap() {
        let file = file.unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        std::fs::write(folder.path().join(file.file_name()), change(&text)).unwrap();
    }
    let mut resolve = Resolve::default();
    resolve.push_dir(folder.path()).unwrap();
    resolve
}

/// A core module with the world that it keeps to described inside.
pub(crate) fn described(module: &str, mut resolve: Resolve, world: &str) -> Vec<u8> {
    let mut wasm = wat::parse_str(module).unwrap();
    let package = resolve.push_str("test.wit", world).unwrap();
    let world = resolve.select_world(&[package], Some("plugin")).unwrap();
    wit_component::embed_component_metadata(&mut wasm, &resolve, world, StringEncoding::UTF8).unwrap();
    wasm
}
