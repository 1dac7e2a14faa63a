//! What the figures were taken on.

use sqlx::PgPool;

/// Processor, cores, memory, kernel and PostgreSQL, on one line.
pub async fn describe(pool: &PgPool) -> anyhow::Result<String> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim()));
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes: Option<u64> = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().trim_end_matches("kB").trim().parse().ok());
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let postgres: String = sqlx::query_scalar("SHOW server_version").fetch_one(pool).await?;
    let fsync: String = sqlx::query_scalar("SHOW fsync").fetch_one(pool).await?;
    Ok(format!(
        "{}, {} cores, {} GiB, Linux {}, PostgreSQL {postgres} (fsync {fsync})",
        model.unwrap_or("unknown processor"),
        std::thread::available_parallelism().map_or(0, usize::from),
        kilobytes.unwrap_or(0) / 1024 / 1024,
        kernel.trim(),
    ))
}
