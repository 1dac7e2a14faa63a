//! Finding PostgreSQL on the machine.

use std::{
    collections::HashSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::EmbeddedError;

/// The oldest major version that is supported: what it lacks, the schema may use.
const OLDEST: u32 = 14;

/// Where packages put versioned binaries: what precedes the version, and what follows it.
const VERSIONED: [(&str, &str); 4] = [
    // Debian, Ubuntu
    ("/usr/lib/postgresql/", "/bin"),
    // The PostgreSQL project's packages for Fedora, RHEL
    ("/usr/pgsql-", "/bin"),
    // Alpine
    ("/usr/libexec/postgresql", ""),
    // Homebrew
    ("/opt/homebrew/opt/postgresql@", "/bin"),
];

/// Where a build from source goes.
const FIXED: [&str; 1] = ["/usr/local/pgsql/bin"];

/// One installation of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// The installation to use: in `bin_dir` when that is given, otherwise the first that fits. One that fits has the
    /// version of the cluster, when there is a cluster.
    pub(super) fn find(bin_dir: Option<&Path>, version: Option<u32>, cluster: &Path) -> Result<Self, EmbeddedError> {
        let (folders, looked) = match bin_dir {
            Some(folder) => (vec![folder.to_owned()], format!("in {}", folder.display())),
            None => (
                candidates(env::var_os("PATH").as_deref(), &VERSIONED, &FIXED),
                "on PATH or in /usr/lib/postgresql/*/bin and the like".to_owned(),
            ),
        };
        Self::choose(folders, &looked, version, cluster, major)
    }

    fn choose(
        folders: Vec<PathBuf>,
        looked: &str,
        version: Option<u32>,
        cluster: &Path,
        ask: impl Fn(&Path) -> Result<u32, EmbeddedError>,
    ) -> Result<Self, EmbeddedError> {
        let mut seen = HashSet::new();
        let mut unfit = Vec::new();
        let mut problem = None;
        for folder in folders {
            let installed = ["postgres", "initdb"].iter().all(|name| folder.join(name).is_file());
            // Links are followed so that one installation is asked once.
            let real = fs::canonicalize(folder.join("postgres")).ok().and_then(|real| Some(real.parent()?.to_owned()));
            let Some(folder) = real.filter(|real| installed && seen.insert(real.clone())) else { continue };
            match ask(&folder.join("postgres")) {
                Ok(major) if version.is_none_or(|version| version == major) && major >= OLDEST => {
                    return Ok(Self { folder, major });
                }
                Ok(major) => unfit.push((major, folder)),
                Err(error) => problem = Some(error),
            }
        }
        Err(match (version, unfit.first()) {
            (Some(cluster_version), Some(_)) => EmbeddedError::WrongVersion {
                cluster: cluster.to_owned(),
                cluster_version,
                found: unfit
                    .iter()
                    .map(|(major, folder)| format!("{major} ({})", folder.display()))
                    .collect::<Vec<_>>()
                    .join(", "),
            },
            (None, Some((found, folder))) => {
                EmbeddedError::TooOld { bin_dir: folder.clone(), found: *found, oldest: OLDEST }
            }
            (_, None) => problem.unwrap_or_else(|| EmbeddedError::NoBinaries { looked: looked.to_owned() }),
        })
    }

    /// The path of one of the programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Folders to look into, the best first: `PATH` as it stands, then the versioned places from the newest version down.
fn candidates(path: Option<&std::ffi::OsStr>, versioned: &[(&str, &str)], fixed: &[&str]) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = path.into_iter().flat_map(env::split_paths).filter(|it| it.is_absolute()).collect();
    let mut found: Vec<(u32, PathBuf)> = versioned
        .iter()
        .flat_map(|(before, after)| {
            versions(before).into_iter().map(move |version| (version, format!("{before}{version}{after}").into()))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    folders.extend(found.into_iter().map(|(_, folder)| folder));
    folders.extend(fixed.iter().map(PathBuf::from));
    folders
}

/// The numbers that complete `before` to a path that exists.
fn versions(before: &str) -> Vec<u32> {
    let Some((parent, prefix)) = before.rsplit_once('/') else { return Vec::new() };
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()).collect()
}

/// Asks the binary for its major version.
fn major(postgres: &Path) -> Result<u32, EmbeddedError> {
    let error = |problem: String| EmbeddedError::NoVersion { binary: postgres.to_owned(), problem };
    let output = Command::new(postgres)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| error(source.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    parse_major(&text).ok_or_else(|| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        error(format!("`--version` ended with {} and said {:?}", output.status, format!("{text}{stderr}").trim()))
    })
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15, `… 19devel` is 19.
fn parse_major(text: &str) -> Option<u32> {
    let version = text.split_once("(PostgreSQL)")?.1.trim_start();
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An installation: files that hold what the programs would say.
    fn install(folder: &Path, version: &str) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        for name in ["postgres", "initdb"] {
            fs::write(folder.join(name), format!("{name} (PostgreSQL) {version}\n")).unwrap();
        }
        folder.to_owned()
    }

    fn choose(folders: &[&PathBuf], version: Option<u32>) -> Result<Binaries, EmbeddedError> {
        let folders = folders.iter().map(|&folder| folder.clone()).collect();
        let ask = |program: &Path| Ok(parse_major(&fs::read_to_string(program).unwrap()).unwrap());
        Binaries::choose(folders, "in a test", version, Path::new("/data/postgres"), ask)
    }

    #[test]
    fn versions_are_read() {
        for (text, major) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 9.6.24", Some(9)),
            ("postgres (PostgreSQL) 19devel", Some(19)),
            ("postgres (PostgreSQL) 18beta1", Some(18)),
            ("postgres", None),
            ("", None),
        ] {
            assert_eq!(parse_major(text), major, "{text:?}");
        }
    }

    #[test]
    fn the_newest_version_goes_first_after_path() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().display().to_string();
        for version in ["9.6", "14", "16", "15", "common"] {
            fs::create_dir_all(format!("{root}/lib/{version}/bin")).unwrap();
        }
        fs::create_dir_all(format!("{root}/pgsql-17/bin")).unwrap();
        let path = std::ffi::OsString::from("/first:relative:/second");
        let versioned = [(&*format!("{root}/lib/"), "/bin"), (&*format!("{root}/pgsql-"), "/bin")];
        let found = candidates(Some(&path), &versioned, &["/fixed"]);
        let expected = ["/first", "/second"]
            .into_iter()
            .map(PathBuf::from)
            .chain(["pgsql-17", "lib/16", "lib/15", "lib/14"].map(|it| format!("{root}/{it}/bin").into()))
            .chain([PathBuf::from("/fixed")]);
        assert_eq!(found, expected.collect::<Vec<_>>());
    }

    #[test]
    fn the_clusters_version_decides() {
        let dir = tempfile::tempdir().unwrap();
        let (pg16, pg15) = (install(&dir.path().join("16"), "16.3"), install(&dir.path().join("15"), "15.18"));
        assert_eq!(choose(&[&pg16, &pg15], None).unwrap().major, 16);
        assert_eq!(choose(&[&pg16, &pg15], Some(15)).unwrap().folder, pg15);
        let error = choose(&[&pg16, &pg15], Some(14)).unwrap_err().to_string();
        for part in ["/data/postgres", "PostgreSQL 14", "16 (", "15 (", "postgresql-14", "pg_upgrade"] {
            assert!(error.contains(part), "{part} is not in: {error}");
        }
    }

    #[test]
    fn incomplete_and_old_installations_are_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let old = install(&dir.path().join("old"), "13.9");
        let client_only = install(&dir.path().join("client"), "16.3");
        fs::remove_file(client_only.join("initdb")).unwrap();
        let good = install(&dir.path().join("good"), "15.1");
        assert_eq!(choose(&[&old, &client_only, &good], None).unwrap().folder, good);
        assert!(matches!(choose(&[&old], None), Err(EmbeddedError::TooOld { found: 13, .. })));
        let error = choose(&[&client_only], None).unwrap_err().to_string();
        for part in ["apt-get install postgresql", "dnf install postgresql-server", "DATABASE_URL"] {
            assert!(error.contains(part), "{part} is not in: {error}");
        }
    }

    #[test]
    fn a_binary_that_is_something_else_is_named() {
        let error = major(Path::new("/bin/ls")).unwrap_err().to_string();
        assert!(error.contains("/bin/ls does not tell its version"), "{error}");
        let error = major(Path::new("/nonexistent/postgres")).unwrap_err().to_string();
        assert!(error.contains("/nonexistent/postgres"), "{error}");
    }
}
