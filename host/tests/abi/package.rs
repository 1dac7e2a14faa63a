//! What a WIT package defines, as names and shapes: what is compared between versions, and what the reference shows.

use std::path::Path;

use semver::Version;
use wit_parser::{
    Docs, Function, Handle, InterfaceId, PackageId, Resolve, Type, TypeDef, TypeDefKind, TypeId, TypeOwner, World,
    WorldItem, WorldKey,
};

/// A package of interfaces and worlds.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name without the version, such as `world-events:rules`.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: Version,
    /// All that it defines, in the order of the source: an interface before what is in it.
    pub(crate) items: Vec<Item>,
}

/// Something with a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// `types` for an interface, `types.event` for what is in it, `rules` for a world.
    pub(crate) path: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// Fields, cases, parameters and the result, imports and exports: what it consists of.
    pub(crate) parts: Vec<Part>,
    /// Its doc comment.
    pub(crate) docs: String,
}

/// What an item can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub(crate) enum Kind {
    Interface,
    Record,
    Enum,
    Variant,
    Flags,
    Resource,
    /// Another name for a type.
    Type,
    /// A name taken over from another interface.
    Use,
    Function,
    World,
}

/// One part of an item.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its name; [`RESULT`] for what a function returns; empty where there is but one.
    pub(crate) name: String,
    /// Its type, with the interfaces of named types: `list<types.counter>`. Empty for what has none.
    pub(crate) shape: String,
    /// Its doc comment.
    pub(crate) docs: String,
}

/// The part of a function that is what it returns. No parameter can have this name.
pub(crate) const RESULT: &str = "the result";

/// How parts of a world begin.
pub(crate) const IMPORT: &str = "import ";
/// How parts of a world begin.
pub(crate) const EXPORT: &str = "export ";

impl Package {
    /// Reads the `.wit` files of a folder.
    pub(crate) fn of_folder(folder: &Path) -> Self {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(folder).unwrap_or_else(|why| panic!("{}: {why:?}", folder.display()));
        Self::new(&resolve, package)
    }

    /// Reads a text.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("test.wit", text).unwrap_or_else(|why| panic!("{text}: {why:?}"));
        Self::new(&resolve, package)
    }

    fn new(resolve: &Resolve, id: PackageId) -> Self {
        let package = &resolve.packages[id];
        let reader = Reader { resolve, package: id };
        let interfaces = package.interfaces.values().flat_map(|id| reader.interface(*id));
        let worlds = package.worlds.values().map(|id| reader.world(&resolve.worlds[*id]));
        let name = &package.name;
        Self {
            name: format!("{}:{}", name.namespace, name.name),
            version: name.version.clone().unwrap_or_else(|| panic!("the package {name} has no version")),
            items: interfaces.chain(worlds).collect(),
        }
    }

    /// What has this path.
    pub(crate) fn get(&self, path: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.path == path)
    }

    /// Whether plugins export this interface: whether any world does.
    pub(crate) fn is_exported(&self, interface: &str) -> bool {
        let export = format!("{EXPORT}{interface}");
        let mut worlds = self.items.iter().filter(|item| item.kind == Kind::World);
        worlds.any(|world| world.parts.iter().any(|part| part.name == export))
    }
}

impl Item {
    /// The interface that it is in, unless it is one, or a world.
    pub(crate) fn interface(&self) -> Option<&str> {
        self.path.split_once('.').map(|(interface, _)| interface)
    }

    /// What it is and what it is called, for a message.
    pub(crate) fn title(&self) -> String {
        format!("{} `{}`", self.kind, self.path)
    }
}

/// Reads what one package defines.
struct Reader<'a> {
    resolve: &'a Resolve,
    package: PackageId,
}

impl Reader<'_> {
    fn interface(&self, id: InterfaceId) -> Vec<Item> {
        let interface = &self.resolve.interfaces[id];
        let path = self.interface_name(id);
        let types = interface.types.iter().map(|(name, id)| self.type_def(format!("{path}.{name}"), *id));
        let functions = interface.functions.values().map(|function| self.function(&path, function));
        let members: Vec<Item> = types.chain(functions).collect();
        let itself = Item { path, kind: Kind::Interface, parts: Vec::new(), docs: docs(&interface.docs) };
        std::iter::once(itself).chain(members).collect()
    }

    fn type_def(&self, path: String, id: TypeId) -> Item {
        let def = &self.resolve.types[id];
        let (kind, parts) = match (&def.kind, self.used(def)) {
            (_, Some(origin)) => (Kind::Use, vec![unnamed(self.named(origin))]),
            (TypeDefKind::Record(record), _) => {
                let field = |field: &wit_parser::Field| part(&field.name, self.shape(&field.ty), &field.docs);
                (Kind::Record, record.fields.iter().map(field).collect())
            }
            (TypeDefKind::Enum(it), _) => {
                (Kind::Enum, it.cases.iter().map(|case| part(&case.name, String::new(), &case.docs)).collect())
            }
            (TypeDefKind::Variant(variant), _) => {
                let case = |case: &wit_parser::Case| part(&case.name, self.optional(case.ty.as_ref()), &case.docs);
                (Kind::Variant, variant.cases.iter().map(case).collect())
            }
            (TypeDefKind::Flags(it), _) => {
                (Kind::Flags, it.flags.iter().map(|flag| part(&flag.name, String::new(), &flag.docs)).collect())
            }
            (TypeDefKind::Resource, _) => (Kind::Resource, Vec::new()),
            (other, _) => (Kind::Type, vec![unnamed(self.structure(other))]),
        };
        Item { path, kind, parts, docs: docs(&def.docs) }
    }

    fn function(&self, interface: &str, function: &Function) -> Item {
        Item {
            path: format!("{interface}.{}", function.name),
            kind: Kind::Function,
            parts: self.signature(function),
            docs: docs(&function.docs),
        }
    }

    fn signature(&self, function: &Function) -> Vec<Part> {
        let none = Docs::default();
        let parameters = function.params.iter().map(|it| part(&it.name, self.shape(&it.ty), &none));
        let result = function.result.as_ref().map(|result| part(RESULT, self.shape(result), &none));
        parameters.chain(result).collect()
    }

    fn world(&self, world: &World) -> Item {
        let side = |way: &str, (key, item): (&WorldKey, &WorldItem)| {
            let (name, shape) = match (key, item) {
                (_, WorldItem::Interface { id, .. }) => (self.interface_name(*id), String::new()),
                (WorldKey::Name(name), WorldItem::Function(function)) => {
                    let parts = self.signature(function);
                    (name.clone(), parts.iter().map(|part| format!("{}: {};", part.name, part.shape)).collect())
                }
                (WorldKey::Name(name), WorldItem::Type { id, .. }) => (name.clone(), self.named(*id)),
                (key, _) => (self.resolve.name_world_key(key), String::new()),
            };
            Part { name: format!("{way}{name}"), shape, docs: String::new() }
        };
        let imports = world.imports.iter().map(|it| side(IMPORT, it));
        let exports = world.exports.iter().map(|it| side(EXPORT, it));
        Item {
            path: world.name.clone(),
            kind: Kind::World,
            parts: imports.chain(exports).collect(),
            docs: docs(&world.docs),
        }
    }

    /// What an interface is called: by its name alone in its own package, whatever version that has.
    fn interface_name(&self, id: InterfaceId) -> String {
        let interface = &self.resolve.interfaces[id];
        match &interface.name {
            Some(name) if interface.package == Some(self.package) => name.clone(),
            _ => self.resolve.id_of(id).unwrap_or_else(|| "an interface without a name".to_owned()),
        }
    }

    fn shape(&self, ty: &Type) -> String {
        let plain = match ty {
            Type::Bool => "bool",
            Type::U8 => "u8",
            Type::U16 => "u16",
            Type::U32 => "u32",
            Type::U64 => "u64",
            Type::S8 => "s8",
            Type::S16 => "s16",
            Type::S32 => "s32",
            Type::S64 => "s64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::Char => "char",
            Type::String => "string",
            Type::ErrorContext => "error-context",
            Type::Id(id) => return self.named(*id),
        };
        plain.to_owned()
    }

    fn optional(&self, ty: Option<&Type>) -> String {
        ty.map_or_else(String::new, |ty| self.shape(ty))
    }

    /// A type by its name and the interface where it is at home, or by its structure if it has no name.
    fn named(&self, id: TypeId) -> String {
        let def = &self.resolve.types[id];
        if let Some(origin) = self.used(def) {
            return self.named(origin);
        }
        match (&def.name, def.owner) {
            (Some(name), TypeOwner::Interface(owner)) => format!("{}.{name}", self.interface_name(owner)),
            (Some(name), _) => name.clone(),
            (None, _) => self.structure(&def.kind),
        }
    }

    /// What a type of another interface is that was taken over with `use`.
    fn used(&self, def: &TypeDef) -> Option<TypeId> {
        let TypeDefKind::Type(Type::Id(origin)) = def.kind else { return None };
        let elsewhere = matches!(def.owner, TypeOwner::Interface(_)) && self.resolve.types[origin].owner != def.owner;
        elsewhere.then_some(origin)
    }

    fn structure(&self, kind: &TypeDefKind) -> String {
        match kind {
            TypeDefKind::Type(ty) => self.shape(ty),
            TypeDefKind::List(ty) => format!("list<{}>", self.shape(ty)),
            TypeDefKind::FixedLengthList(ty, length) => format!("list<{}, {length}>", self.shape(ty)),
            TypeDefKind::Option(ty) => format!("option<{}>", self.shape(ty)),
            TypeDefKind::Map(key, value) => format!("map<{}, {}>", self.shape(key), self.shape(value)),
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<String> = tuple.types.iter().map(|ty| self.shape(ty)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            TypeDefKind::Result(result) => match (&result.ok, &result.err) {
                (None, None) => "result".to_owned(),
                (ok, None) => format!("result<{}>", self.optional(ok.as_ref())),
                (None, err) => format!("result<_, {}>", self.optional(err.as_ref())),
                (ok, err) => format!("result<{}, {}>", self.optional(ok.as_ref()), self.optional(err.as_ref())),
            },
            TypeDefKind::Handle(Handle::Own(id)) => self.named(*id),
            TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", self.named(*id)),
            TypeDefKind::Future(ty) => format!("future<{}>", self.optional(ty.as_ref())),
            TypeDefKind::Stream(ty) => format!("stream<{}>", self.optional(ty.as_ref())),
            named => named.as_str().to_owned(),
        }
    }
}

fn part(name: &str, shape: String, comment: &Docs) -> Part {
    Part { name: name.to_owned(), shape, docs: docs(comment) }
}

fn unnamed(shape: String) -> Part {
    part("", shape, &Docs::default())
}

fn docs(docs: &Docs) -> String {
    docs.contents.as_deref().unwrap_or_default().trim().to_owned()
}
