#include "cli/command.h"

#include <limits.h>

#define ARCHIVE (GROUP_ALL | GROUP_STORE)
#define WRITES  (ARCHIVE | GROUP_DB | GROUP_WRITE | GROUP_RANGE)
#define DELETES (GROUP_DELETE | GROUP_DELETE_DB)
#define UPKEEP  (ARCHIVE | GROUP_REWRITE)
#define QUESTION \
    (ARCHIVE | GROUP_DB | GROUP_RANGE | GROUP_DAYS | GROUP_QUESTION | GROUP_FORMAT)
#define ROWS (GROUP_ALL | GROUP_ROWS | GROUP_KEYS)

const command commands[] = {
    {.name = "export",
     .arguments = "",
     .groups = WRITES | GROUP_DATE | GROUP_EXPORT | DELETES | GROUP_COPIES,
     .summary = "merge days of the database into the archive",
     .text = "Reads the page views of the day (or days) in one snapshot of the database, "
             "merges\n"
             "them by id with what the archive holds, writes a sorted Parquet file, "
             "decodes it\n"
             "again, and commits it. Nothing is ever lost from the archive: exporting a "
             "day again\n"
             "adds what is new. Where nothing changed, nothing is written. "
             "--delete-after-export\n"
             "goes on as pqa delete-exported does. A day whose file is gone or damaged "
             "fails\n"
             "(exit code 13); --rebuild writes it from the database alone, if that has no\n"
             "fewer rows and views than the file had, or as it is with --yes.",
     .examples = "  pqa export\n"
                 "  pqa export --date 2026-01-15\n"
                 "  pqa export --since -7d --dry-run\n"
                 "  pqa export --date 2026-01-15 --rebuild\n",
     .run = run_export},
    {.name = "backfill",
     .arguments = "",
     .groups = WRITES | GROUP_DAYS | GROUP_BACKFILL | DELETES | GROUP_COPIES,
     .summary = "export many days, oldest first; goes on where it stopped",
     .text =
         "Exports the days that the archive does not have yet. Stopped anywhere, run it\n"
         "again: the days that were done are left out. With --delete-after-export they "
         "are\n"
         "not: they are merged and deleted again.",
     .examples = "  pqa backfill --days 90\n"
                 "  pqa backfill --since 2025-01-01 --until 2025-12-31\n",
     .run = run_backfill},
    {.name = "nightly",
     .arguments = "",
     .groups = ARCHIVE | GROUP_DB | GROUP_WRITE | GROUP_NIGHTLY | DELETES | GROUP_COPIES,
     .summary = "what cron, systemd and Celery call every night",
     .text =
         "Exports the days that are missing since the first that the archive has, "
         "oldest\n"
         "first, and the last days again, so that late rows get in. Then, each only "
         "where "
         "its\n"
         "option is given: deletes old days from the database (as delete-exported "
         "does),\n"
         "prunes, compacts and vacuums; a part that fails leaves out those behind it. "
         "Tells\n"
         "a monitor how it went, where one is set. Exit code 0 only where all was done "
         "and verified; "
         "11 where\n"
         "another run holds the archive; 3 where some days failed.",
     .examples = "  pqa nightly\n"
                 "  pqa nightly --metrics-file /var/lib/prometheus/node-exporter/pqa.prom\n"
                 "  pqa nightly --success-url https://hc-ping.com/your-check\n",
     .run = run_nightly},
    {.name = "delete-exported",
     .arguments = "",
     .groups = WRITES | DELETES | GROUP_DRY_RUN,
     .summary = "delete from the database what the archive provably has",
     .text =
         "Exports the days first, reads their files back from the store, compares "
         "them with\n"
         "the log and decodes them in full; then deletes, in batches, the rows that "
         "the\n"
         "database has exactly so. Rows that changed meanwhile stay for the next run, "
         "and so\n"
         "does everything the archive does not have. Both days must be given; a day "
         "that is\n"
         "not over is never deleted. Stopped anywhere, run it again. Nothing is "
         "deleted where\n"
         "foreign keys cascade, triggers run on deletion, or row-level security "
         "holds; pqa\n"
         "doctor --delete-db URL looks at all that.",
     .examples = "  pqa delete-exported --since 2026-01-01 --until 2026-01-31 --dry-run\n"
                 "  pqa delete-exported --since -120d --until -90d --delete-pause 100\n",
     .run = run_delete_exported},
    {.name = "verify",
     .arguments = "",
     .groups = ARCHIVE | GROUP_DB | GROUP_RANGE | GROUP_VERIFY,
     .summary = "read the files again and compare them with the log",
     .text =
         "Checks size and SHA-256 of every file, decodes all its pages, and compares "
         "rows,\n"
         "views and the sum of row hashes with the log. --depth checksums reads the "
         "files\n"
         "and decodes nothing; --depth sizes only asks whether each is there with its "
         "size.\n"
         "With --against-database also that each row of the database is in the archive;\n"
         "rows that the site has deleted since are told. Exit code 13 where anything "
         "differs.",
     .examples = "  pqa verify\n"
                 "  pqa verify --depth sizes\n"
                 "  pqa verify --since -30d --against-database\n",
     .run = run_verify},
    {.name = "shadow",
     .arguments = "[QUESTION PROJECT]",
     .maximum_arguments = 2,
     .groups = (QUESTION & ~(unsigned)GROUP_FORMAT) | GROUP_LIMIT | GROUP_PATHS |
               GROUP_SHADOW,
     .summary = "compare the archive's answers with the database's",
     .text = "Answers top, daily, not-found or versions twice in one snapshot of the "
             "database:\n"
             "by the archive (days not archived yet from the database, as --live), and "
             "by the\n"
             "database alone; compares them row by row and tells how long each took. Days "
             "that\n"
             "are archived and of which the database has no row any more are not compared, "
             "and\n"
             "said. Exit code 13 where any answer differs.",
     .examples = "  pqa shadow top django\n"
                 "  pqa shadow --random 50 --days 90 --evidence /var/lib/pqa-shadow/evidence\n"
                 "  pqa shadow --summary /var/lib/pqa-shadow/evidence\n",
     .run = run_shadow},
    {.name = "status",
     .arguments = "",
     .groups = ARCHIVE | GROUP_DB | GROUP_FORMAT | GROUP_HISTORY,
     .summary = "what the archive holds, and how it does",
     .text = "Days, rows and bytes in the archive, days that are missing in between, and "
             "the\n"
             "database it comes from. Then how that compares with what is wanted: the "
             "nights,\n"
             "where --report-file names what pqa nightly writes, and the size, also "
             "against\n"
             "the database's, where one is set. Costs are those of S3 Standard "
             "(us-east-1).",
     .examples = "  pqa status\n"
                 "  pqa status --format json\n",
     .run = run_status},
    {.name = "files",
     .arguments = "",
     .groups = ARCHIVE | GROUP_FORMAT,
     .summary = "the live files of the archive",
     .text = "The files that the archive consists of now. Whoever reads Parquet files by "
             "name\n"
             "reads exactly these: others in the directory may be superseded.",
     .examples = "  pqa files\n"
                 "  pqa files --format csv\n",
     .run = run_files},
    {.name = "copies",
     .arguments = "",
     .groups = UPKEEP | GROUP_DB | GROUP_DATE | GROUP_RANGE | GROUP_DAYS | GROUP_COPIES |
               GROUP_COPIES_ALONE,
     .summary = "make the copies for projects and organizations again",
     .text = "Makes the copies of these days that are missing or not as the archive has "
             "it, looks\n"
             "whether each is there, and removes those that stand for no rows any more. "
             "Without\n"
             "--per-project and --per-organization, the kinds that each day has already. "
             "The\n"
             "database is only asked with --per-organization. Exit code 3 where some "
             "failed.",
     .examples = "  pqa copies --days 30 --per-project\n"
                 "  pqa copies --date 2026-01-15 --verbose\n",
     .run = run_copies},
    {.name = "compact",
     .arguments = "",
     .groups = UPKEEP | GROUP_COMPACT,
     .summary = "make one file of each month that is over",
     .text =
         "Joins the files of a month whose last day is more than 7 days ago into one, "
         "about half\n"
         "as large, decoded again and compared before it is committed. A row that comes "
         "later\n"
         "still splits the month into days, until it is compacted again.",
     .examples = "  pqa compact\n"
                 "  pqa compact --month 2026-01\n",
     .run = run_compact},
    {.name = "prune",
     .arguments = "",
     .groups = UPKEEP | GROUP_PRUNE,
     .summary = "take old days out of the archive; --undo brings them back",
     .text =
         "Removes the days before a date from the archive in one commit, and remembers "
         "the date:\n"
         "they are not exported again. Their files stay for 7 days, in which --undo "
         "brings them\n"
         "back; then pqa vacuum deletes them. More than a tenth of the rows go only with "
         "--yes.",
     .examples = "  pqa prune --before 2024-01-01 --dry-run\n"
                 "  pqa prune --before -730d\n"
                 "  pqa prune --undo\n",
     .run = run_prune},
    {.name = "vacuum",
     .arguments = "",
     .groups = ARCHIVE | GROUP_VACUUM,
     .summary = "delete files that were superseded more than 7 days ago",
     .text =
         "Lists the objects of the table that were superseded, or put and never "
         "committed, more\n"
         "than 7 days ago, and with --delete deletes them. Only objects with pqa's own "
         "names that\n"
         "the newest log does not have; copies and the log are left alone.",
     .examples = "  pqa vacuum\n"
                 "  pqa vacuum --delete\n",
     .run = run_vacuum},
    {.name = "restore",
     .arguments = "",
     .groups = ARCHIVE | GROUP_DB | GROUP_RANGE | GROUP_RESTORE,
     .summary = "put archived days back into the database",
     .text = "Puts the archive's rows of these days into the database, each day in one "
             "transaction,\n"
             "then reads it back and compares. Rows that are there already are left; one "
             "with "
             "other\n"
             "values stops its day and is named (exit code 13). Where projects or versions\n"
             "were deleted since, foreign keys refuse a day: --leave-out-gone puts its "
             "other\n"
             "rows back, and says how many were left out.",
     .examples = "  pqa restore --since 2026-01-01 --until 2026-01-07\n"
                 "  pqa restore --since 2026-01-15 --leave-out-gone\n"
                 "  pqa restore --since 2026-01-15 --to-db postgresql://localhost/copy\n",
     .run = run_restore},
    {.name = "import-files",
     .arguments = "FILE|FOLDER...",
     .minimum_arguments = 1,
     .maximum_arguments = INT_MAX,
     .groups = WRITES | GROUP_DRY_RUN | GROUP_FORMAT,
     .summary = "take in the Parquet files that the proof of concept wrote",
     .text =
         "Reads the files, and those named *.parquet in folders or under "
         "s3://BUCKET/PREFIX,\n"
         "checks every value, and merges their days into the archive as an export does. "
         "A row\n"
         "that is in several files (a day that was exported again, whole and by "
         "project) is\n"
         "taken once, the one with the most views. What the archive has stays. A file "
         "that is\n"
         "not understood stops it before anything is written. With --db, slugs that the "
         "files\n"
         "have not come from there. Shows what each file had; exit code 13 where a day "
         "contradicts\n"
         "the archive.",
     .examples = "  pqa import-files /srv/media/analytics/pageviews --dry-run\n"
                 "  pqa import-files /srv/media/analytics/pageviews\n"
                 "  pqa import-files s3://media/analytics/pageviews --since 2026-01-01\n"
                 "  pqa import-files pageviews_2026-01-15*.parquet --format json\n",
     .run = run_import_files},
    {.name = "forget",
     .arguments = "PROJECT",
     .maximum_arguments = 1,
     .groups = UPKEEP | GROUP_DB | GROUP_FORGET,
     .summary = "take one project out of the archive for good",
     .text =
         "Writes every file that holds the project anew without it, deletes at once "
         "every "
         "object\n"
         "that held it (older revisions, copies, what a prune could have brought back), "
         "and looks\n"
         "into every object again. To be run when the site has deleted the project: "
         "where the\n"
         "database still has page views of it, an export would bring them back.",
     .examples = "  pqa forget django --dry-run\n"
                 "  pqa forget django --yes\n"
                 "  pqa forget --project-id 1234 --yes\n",
     .run = run_forget},
    {.name = "top",
     .arguments = "PROJECT",
     .maximum_arguments = 1,
     .groups = QUESTION | GROUP_LIMIT | GROUP_PATHS,
     .summary = "the pages of a project with most views",
     .text = "Views of each path, most first, ties by path. The last 30 days until "
             "yesterday\n"
             "unless told otherwise, status 200, 25 rows.",
     .examples = "  pqa top django\n"
                 "  pqa top django --since 2026-01-01 --until 2026-01-31 --limit 0\n"
                 "  pqa top django --by full_path --format json\n",
     .run = run_top},
    {.name = "daily",
     .arguments = "PROJECT",
     .maximum_arguments = 1,
     .groups = QUESTION,
     .summary = "views of a project a day, as a bar chart",
     .text =
         "Every day of the range has a row; days without views have 0. The last 30 days\n"
         "until yesterday unless told otherwise.",
     .examples = "  pqa daily django\n"
                 "  pqa daily django --days 90 --format csv\n",
     .run = run_daily},
    {.name = "not-found",
     .arguments = "PROJECT",
     .maximum_arguments = 1,
     .groups = QUESTION | GROUP_LIMIT | GROUP_PATHS,
     .summary = "paths that visitors asked for and that were not there",
     .text = "As top, for views with status 404.",
     .examples = "  pqa not-found django\n"
                 "  pqa not-found django --by full_path --limit 100\n",
     .run = run_not_found},
    {.name = "versions",
     .arguments = "PROJECT",
     .maximum_arguments = 1,
     .groups = QUESTION | GROUP_LIMIT,
     .summary = "which versions of a project are read",
     .text = "Views of each version, most first. Views without a version have none.",
     .examples = "  pqa versions django --days 365\n",
     .run = run_versions},
    {.name = "views",
     .arguments = "PROJECT",
     .maximum_arguments = 1,
     .groups = QUESTION | GROUP_LIMIT,
     .summary = "every page view row, as the CSV that Read the Docs offers",
     .text = "Writes Date,Version,Path,Views: newest day first, then by path and "
             "version. CSV\n"
             "unless --format says otherwise; all rows unless --limit does.",
     .examples = "  pqa views django > views.csv\n"
                 "  pqa views django --status 404 --days 90 --format ndjson\n",
     .run = run_views},
    {.name = "sql",
     .arguments = "[QUERY]",
     .maximum_arguments = 1,
     .groups = ARCHIVE | GROUP_SQL | GROUP_FORMAT,
     .summary = "ask the archive anything, in SQL, by the duckdb program",
     .text = "Runs duckdb with a view `pageviews` over the live files: id, project_id, "
             "project_slug,\n"
             "version_id, version_slug, path, full_path, view_count, date, status. QUERY "
             "may be\n"
             "several statements; - reads them from the standard input. DuckDB is no part "
             "of pqa:\n"
             "without its program the command says what to install. A store on S3 needs "
             "its\n"
             "extension httpfs, installed once; nothing is downloaded. Rows come as "
             "duckdb writes\n"
             "them; exit code 1 where it fails.",
     .examples =
         "  pqa sql \"SELECT status, sum(view_count) FROM pageviews GROUP BY status\"\n"
         "  pqa sql --file report.sql --format csv --memory-limit 2G\n"
         "  pqa sql - --format json < report.sql\n",
     .run = run_sql},
    {.name = "parquet cat",
     .arguments = "FILE",
     .minimum_arguments = 1,
     .maximum_arguments = 1,
     .groups = ROWS | GROUP_LIMIT | GROUP_JSON | GROUP_FORMAT,
     .summary = "the rows of any Parquet file",
     .text =
         "Writes a JSON object a line: nested values as arrays and objects, dates and\n"
         "timestamps in ISO form, decimals exact, binary as base64. Files without "
         "lists can\n"
         "also be written as csv or a table, with --format. Conditions of --where "
         "compare a\n"
         "column with = != < <= > >= or in (...), or are 'COL is null' and 'COL is "
         "not null';\n"
         "text and times stand in single quotes. What cannot hold such rows is not "
         "read.",
     .examples = "  pqa parquet cat pageviews_2026-01-15.parquet --limit 100\n"
                 "  pqa parquet cat day.parquet --columns path,view_count --format csv\n"
                 "  pqa parquet cat day.parquet --where \"status = 404\" --where "
                 "\"view_count > 9\"\n",
     .run = run_parquet_cat},
    {.name = "parquet head",
     .arguments = "FILE",
     .minimum_arguments = 1,
     .maximum_arguments = 1,
     .groups = ROWS | GROUP_LIMIT | GROUP_JSON | GROUP_FORMAT,
     .summary = "its first 10 rows",
     .text = "As cat, with a limit of 10 rows unless --limit says otherwise.",
     .examples = "  pqa parquet head pageviews_2026-01-15.parquet --limit 3\n"
                 "  pqa parquet head day.parquet --format table\n",
     .run = run_parquet_head},
    {.name = "parquet schema",
     .arguments = "FILE",
     .minimum_arguments = 1,
     .maximum_arguments = 1,
     .groups = GROUP_ALL | GROUP_KEYS,
     .summary = "its columns and their types",
     .text = "",
     .examples = "  pqa parquet schema pageviews_2026-01-15.parquet\n",
     .run = run_parquet_schema},
    {.name = "parquet meta",
     .arguments = "FILE",
     .minimum_arguments = 1,
     .maximum_arguments = 1,
     .groups = GROUP_ALL | GROUP_KEYS | GROUP_JSON | GROUP_FORMAT,
     .summary = "its row groups, encodings, sizes and statistics",
     .text =
         "What the footer and the page index say: a table a row group, and a line for "
         "columns\n"
         "with a bloom filter, bounds that are not exact, or level histograms. --json "
         "has all\n"
         "of it, each page too.",
     .examples = "  pqa parquet meta pageviews_2026-01-15.parquet\n"
                 "  pqa parquet meta pageviews_2026-01-15.parquet --json\n",
     .run = run_parquet_meta},
    {.name = "parquet verify",
     .arguments = "FILE...",
     .minimum_arguments = 1,
     .maximum_arguments = 1 << 20,
     .groups = GROUP_ALL | GROUP_KEYS,
     .summary = "decode all of it and say whether it is sound",
     .text = "Decodes every page of every column; checksums, counts and sizes must hold. "
             "Exit code\n"
             "13 where it is damaged.",
     .examples = "  pqa parquet verify *.parquet\n",
     .run = run_parquet_verify},
    {.name = "parquet convert",
     .arguments = "IN OUT",
     .minimum_arguments = 2,
     .maximum_arguments = 2,
     .groups = ROWS | GROUP_CONVERT,
     .summary = "write a file anew: codec, encodings, sizes, order",
     .text =
         "Reads any Parquet file, lists and structs too, and writes its rows again. "
         "Types,\n"
         "names, field ids and key-values stay; INT96 becomes a timestamp. A column name "
         "of\n"
         "--encoding and --bloom may be that of a list or struct: all that is in it. "
         "--sort\n"
         "holds all rows in memory, at most --memory of it. OUT appears when it is whole "
         "and\n"
         "safe on the disk; one that is there is replaced only with --force.",
     .examples =
         "  pqa parquet convert in.parquet out.parquet --codec zstd --level 9\n"
         "  pqa parquet convert in.parquet out.parquet --sort \"project_id, id desc\"\n"
         "  pqa parquet convert in.parquet out.parquet --encoding "
         "path=DELTA_BYTE_ARRAY\n"
         "  pqa parquet convert old.parquet old.parquet --force --page-rows 5000\n",
     .run = run_parquet_convert},
    {.name = "demo",
     .arguments = "DIR",
     .minimum_arguments = 1,
     .maximum_arguments = 1,
     .groups = GROUP_ALL,
     .summary = "make a small database to try everything on",
     .text = "Makes DIR/demo.db: SQLite with Read the Docs' tables, 120 projects, 90 "
             "days of\n"
             "page views until yesterday, some 300,000 rows. One that is there is left "
             "alone.",
     .examples = "  pqa demo /tmp/demo\n",
     .run = run_demo},
    {.name = "doctor",
     .arguments = "",
     .groups = ARCHIVE | GROUP_DB | GROUP_DELETE_DB | GROUP_WRITE,
     .summary = "look at database and store, and say what to do",
     .text =
         "Tries the connection, rights, tables and columns, the plan of a day's "
         "scan; whether\n"
         "the store can be written, has room, is locked, and misses days. With "
         "--delete-db also\n"
         "whether rows may be deleted there: rights, foreign keys, triggers, row-level\n"
         "security. Changes nothing.",
     .examples =
         "  pqa doctor --db postgresql://db.example/site --store /srv/pageviews\n",
     .run = run_doctor},
    {.name = "help",
     .arguments = "[COMMAND]",
     .maximum_arguments = 2,
     .groups = GROUP_ALL,
     .summary = "this text, of a command, or of the settings",
     .text = "",
     .examples = "  pqa help export\n"
                 "  pqa help settings\n",
     .run = run_help},
    {.name = "version",
     .arguments = "",
     .groups = GROUP_ALL,
     .summary = "the program's version",
     .text = "",
     .examples = "  pqa version\n",
     .run = run_version},
};

const int command_count = sizeof commands / sizeof *commands;
