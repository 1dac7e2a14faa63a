//! The private PostgreSQL, with the machine's own binaries.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, geteuid, getpgid},
};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use world_events::store::embedded::{DATABASE, EmbeddedError, EmbeddedOptions, EmbeddedPostgres};

/// Names the data directory to the copy of this test program that a test kills.
const VICTIM: &str = "WORLD_EVENTS_TEST_VICTIM";

async fn start(data_dir: &Path) -> Result<EmbeddedPostgres, EmbeddedError> {
    EmbeddedPostgres::start(EmbeddedOptions { data_dir: data_dir.to_owned(), bin_dir: None }).await
}

async fn connect(postgres: &EmbeddedPostgres) -> PgConnection {
    PgConnection::connect_with(&postgres.connect_options(DATABASE)).await.unwrap()
}

async fn setting(connection: &mut PgConnection, name: &str) -> String {
    sqlx::query_scalar("SELECT current_setting($1)").bind(name).fetch_one(connection).await.unwrap()
}

async fn write_note(postgres: &EmbeddedPostgres, text: &str) {
    let mut connection = connect(postgres).await;
    sqlx::query("CREATE TABLE IF NOT EXISTS note (text TEXT)").execute(&mut connection).await.unwrap();
    sqlx::query("INSERT INTO note VALUES ($1)").bind(text).execute(&mut connection).await.unwrap();
}

async fn notes(postgres: &EmbeddedPostgres) -> Vec<String> {
    sqlx::query_scalar("SELECT text FROM note ORDER BY text").fetch_all(&mut connect(postgres).await).await.unwrap()
}

fn pid(postgres: &EmbeddedPostgres) -> Pid {
    Pid::from_raw(postgres.pid())
}

#[tokio::test]
async fn the_first_start_makes_a_safe_and_private_cluster() {
    let dir = TempDir::new().unwrap();
    let data_dir = dir.path().join("made/on/the/way");
    let postgres = start(&data_dir).await.unwrap();

    let mut connection = connect(&postgres).await;
    for (name, value) in [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("max_connections", "100"),
        ("shared_buffers", "256MB"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ] {
        assert_eq!(setting(&mut connection, name).await, value, "{name}");
    }

    let collation: String =
        sqlx::query_scalar("SELECT datcollate::text FROM pg_database WHERE datname = current_database()")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(collation, "C");

    let cluster = data_dir.join("postgres");
    let socket = fs::metadata(postgres.socket_dir().join(".s.PGSQL.5432")).unwrap();
    assert_eq!(socket.mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(&cluster).unwrap().mode() & 0o777, 0o700);
    let process = fs::metadata(format!("/proc/{}", postgres.pid())).unwrap();
    assert_ne!(process.uid(), 0, "PostgreSQL must not run as root");
    assert_eq!(process.uid(), fs::metadata(&cluster).unwrap().uid());
    assert_eq!(getpgid(Some(pid(&postgres))).unwrap(), pid(&postgres), "Ctrl-C must not reach it before us");
    assert!(!data_dir.join("postgres.new").exists());

    let mut exited = postgres_gone(&postgres);
    postgres.stop().await.unwrap();
    assert!(exited());
    assert!(!cluster.join("postmaster.pid").exists());
}

/// Tells whether the server's process is gone.
fn postgres_gone(postgres: &EmbeddedPostgres) -> impl FnMut() -> bool + use<> {
    let pid = pid(postgres);
    move || kill(pid, None).is_err()
}

#[tokio::test]
async fn a_restart_finds_everything() {
    let dir = TempDir::new().unwrap();
    for round in 0..3 {
        let postgres = start(dir.path()).await.unwrap();
        if round > 0 {
            assert_eq!(notes(&postgres).await.len(), round);
        }
        write_note(&postgres, &round.to_string()).await;
        postgres.stop().await.unwrap();
    }
}

#[tokio::test]
async fn what_an_operator_sets_stays() {
    let dir = TempDir::new().unwrap();
    start(dir.path()).await.unwrap().stop().await.unwrap();
    let path = dir.path().join("postgres/postgresql.conf");
    let text = fs::read_to_string(&path).unwrap() + "\nmax_connections = 33\nfsync = off\n";
    fs::write(&path, text).unwrap();
    let postgres = start(dir.path()).await.unwrap();
    let mut connection = connect(&postgres).await;
    assert_eq!(setting(&mut connection, "max_connections").await, "33");
    assert_eq!(setting(&mut connection, "fsync").await, "on", "what is promised cannot be switched off");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_postmaster_is_noticed_and_recovered_from() {
    let dir = TempDir::new().unwrap();
    let postgres = start(dir.path()).await.unwrap();
    write_note(&postgres, "kept").await;
    // A connection keeps a server process alive for a moment after the postmaster is gone.
    let connection = connect(&postgres).await;
    kill(pid(&postgres), Signal::SIGKILL).unwrap();
    assert!(postgres.exited().await.contains("signal: 9"), "{}", postgres.exited().await);
    assert!(matches!(postgres.stop().await, Err(EmbeddedError::Stop(_))));

    let postgres = start(dir.path()).await.unwrap();
    assert_eq!(notes(&postgres).await, ["kept"]);
    postgres.stop().await.unwrap();
    drop(connection);
}

#[tokio::test]
async fn dropping_it_kills_it_and_loses_nothing() {
    let dir = TempDir::new().unwrap();
    let postgres = start(dir.path()).await.unwrap();
    write_note(&postgres, "kept").await;
    let mut gone = postgres_gone(&postgres);
    drop(postgres);
    assert!(gone());
    let postgres = start(dir.path()).await.unwrap();
    assert_eq!(notes(&postgres).await, ["kept"]);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_server_on_the_same_directory_is_refused() {
    let dir = TempDir::new().unwrap();
    let postgres = start(dir.path()).await.unwrap();
    let error = start(dir.path()).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::Locked { .. }), "{error}");
    let text = error.to_string();
    for part in [&*dir.path().to_string_lossy(), &format!("process {}", std::process::id()), "--data-dir"] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    write_note(&postgres, "unharmed").await;
    postgres.stop().await.unwrap();
}

/// Not a test of its own: the process that [`a_killed_host_takes_its_database_along`] kills.
#[tokio::test]
#[ignore = "runs only as a part of another test"]
async fn victim() {
    let data_dir = PathBuf::from(std::env::var_os(VICTIM).expect("set by the test that runs this"));
    let postgres = start(&data_dir).await.unwrap();
    write_note(&postgres, "kept").await;
    println!("\npostmaster {}", postgres.pid());
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_host_takes_its_database_along() {
    let dir = TempDir::new().unwrap();
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim", "--ignored", "--nocapture"])
        .env(VICTIM, dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let postmaster: i32 = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("postmaster ")?.parse().ok())
        .expect("the victim says where its server is");

    host.kill().unwrap();
    host.wait().unwrap();
    // At once: the old server is still writing its last checkpoint.
    let postgres = start(dir.path()).await.unwrap();
    // It may still be there as a zombie, where the process that inherited it is slow to ask how it ended.
    let works_in = fs::read_link(format!("/proc/{postmaster}/cwd")).ok();
    assert_ne!(works_in, Some(dir.path().join("postgres")), "the old server is gone");
    assert_eq!(notes(&postgres).await, ["kept"]);
    postgres.stop().await.unwrap();
}

/// As after the restart of a container: the lock file names a process that is somebody else's now.
#[tokio::test]
async fn a_stale_lock_file_with_a_reused_number_does_no_harm() {
    let dir = TempDir::new().unwrap();
    let postgres = start(dir.path()).await.unwrap();
    write_note(&postgres, "kept").await;
    let cluster = dir.path().join("postgres");
    let lock = fs::read_to_string(cluster.join("postmaster.pid")).unwrap();
    let owner = fs::metadata(&cluster).unwrap();
    drop(postgres);

    // A process of the cluster's own user, which PostgreSQL takes for a server.
    let mut stranger = Command::new("sleep");
    if geteuid().is_root() {
        std::os::unix::process::CommandExt::uid(&mut stranger, owner.uid());
    }
    let mut stranger = stranger.arg("600").spawn().unwrap();
    let path = cluster.join("postmaster.pid");
    let (_, rest) = lock.split_once('\n').unwrap();
    fs::write(&path, format!("{}\n{rest}", stranger.id())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();

    let postgres = start(dir.path()).await.unwrap();
    assert_eq!(notes(&postgres).await, ["kept"]);
    postgres.stop().await.unwrap();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[tokio::test]
async fn a_long_path_works() {
    let dir = TempDir::new().unwrap();
    let data_dir = dir.path().join("a-rather-long-name/".repeat(8));
    let postgres = start(&data_dir).await.unwrap();
    let socket_dir = postgres.socket_dir().to_owned();
    assert!(!socket_dir.starts_with(dir.path()), "{}", socket_dir.display());
    assert_eq!(fs::metadata(&socket_dir).unwrap().mode() & 0o777, 0o700);
    write_note(&postgres, "kept").await;
    postgres.stop().await.unwrap();
    assert!(!socket_dir.exists(), "the folder of the socket goes with the server");
    let postgres = start(&data_dir).await.unwrap();
    assert_eq!(notes(&postgres).await, ["kept"]);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn strange_names_and_links_work() {
    let dir = TempDir::new().unwrap();
    let data_dir = dir.path().join("it's a \"name\", isn't it? $HOME é");
    fs::create_dir(&data_dir).unwrap();
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&data_dir, &link).unwrap();
    let postgres = start(&link).await.unwrap();
    let error = start(&data_dir).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::Locked { .. }), "two names of one directory: {error}");
    postgres.stop().await.unwrap();
}

/// `mktemp -d` and root's home keep everybody else out, PostgreSQL's user included.
#[tokio::test]
async fn a_directory_that_only_we_can_enter_works() {
    let dir = TempDir::new().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let data_dir = dir.path().join("data");
    for round in 0..2 {
        let postgres = start(&data_dir).await.unwrap();
        write_note(&postgres, &round.to_string()).await;
        assert_eq!(notes(&postgres).await.len(), round + 1);
        postgres.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_cluster_that_root_copied_back_is_given_to_its_user() {
    if !geteuid().is_root() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let postgres = start(&one).await.unwrap();
    write_note(&postgres, "kept").await;
    postgres.stop().await.unwrap();
    // Without `-p`: everything belongs to root afterwards.
    assert!(Command::new("cp").args(["-r", "--no-preserve=ownership"]).args([&one, &two]).status().unwrap().success());
    fs::set_permissions(two.join("postgres"), fs::Permissions::from_mode(0o700)).unwrap();
    let postgres = start(&two).await.unwrap();
    assert_eq!(notes(&postgres).await, ["kept"]);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn without_binaries_the_error_names_the_package() {
    let dir = TempDir::new().unwrap();
    let empty = TempDir::new().unwrap();
    let options = EmbeddedOptions { data_dir: dir.path().to_owned(), bin_dir: Some(empty.path().to_owned()) };
    let error = EmbeddedPostgres::start(options).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::NoBinaries { .. }), "{error}");
    let text = error.to_string();
    for part in [&*empty.path().to_string_lossy(), "apt-get install postgresql", "dnf install postgresql-server"] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

#[tokio::test]
async fn a_cluster_of_another_version_is_named() {
    let dir = TempDir::new().unwrap();
    let cluster = dir.path().join("postgres");
    fs::create_dir(&cluster).unwrap();
    fs::write(cluster.join("PG_VERSION"), "99\n").unwrap();
    let error = start(dir.path()).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::WrongVersion { cluster_version: 99, .. }), "{error}");
}

#[tokio::test]
async fn what_is_no_cluster_is_left_alone() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("postgres")).unwrap();
    let file = dir.path().join("postgres/thesis.txt");
    fs::write(&file, "years of work").unwrap();
    let error = start(dir.path()).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::NotACluster { .. }), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "years of work");
}

#[tokio::test]
async fn an_interrupted_first_start_is_started_over() {
    let dir = TempDir::new().unwrap();
    let staging = dir.path().join("postgres.new/base/1");
    fs::create_dir_all(&staging).unwrap();
    fs::write(staging.join("1259"), "half").unwrap();
    let postgres = start(dir.path()).await.unwrap();
    assert!(!dir.path().join("postgres.new").exists());
    postgres.stop().await.unwrap();
}

/// A mistake in the configuration is shown as PostgreSQL tells it, at once.
#[tokio::test]
async fn a_server_that_does_not_start_says_why() {
    let dir = TempDir::new().unwrap();
    start(dir.path()).await.unwrap().stop().await.unwrap();
    let path = dir.path().join("postgres/postgresql.conf");
    let text = fs::read_to_string(&path).unwrap() + "\nshared_buffers = lots\n";
    fs::write(&path, text).unwrap();
    let error = start(dir.path()).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::Start { .. }), "{error}");
    let text = error.to_string();
    for part in ["shared_buffers", "lots", "postgres.log"] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}
