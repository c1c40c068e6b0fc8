// The tables of the store and their migrations. A migration that has shipped is never edited; add another.
import GRDB

enum StoreSchema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 progress, log, settings, prompts") { database in
      try database.execute(
        sql: """
          CREATE TABLE progress (
            lesson TEXT PRIMARY KEY, step TEXT NOT NULL, completed INTEGER NOT NULL, updated REAL NOT NULL
          ) STRICT;
          CREATE TABLE checks (
            lesson TEXT NOT NULL, check_id TEXT NOT NULL, attempts INTEGER NOT NULL, hints INTEGER NOT NULL,
            passed INTEGER NOT NULL, best REAL, PRIMARY KEY (lesson, check_id)
          ) STRICT;
          CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT, lesson TEXT NOT NULL, time REAL NOT NULL, event TEXT NOT NULL
          ) STRICT;
          CREATE INDEX events_by_lesson ON events (lesson, id);
          CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
          CREATE TABLE prompts (
            id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, format TEXT NOT NULL, used REAL NOT NULL,
            UNIQUE (text, format)
          ) STRICT;
          """)
    }
    migrator.registerMigration("2 conversations") { database in
      try database.execute(
        sql: """
          CREATE TABLE conversations (
            id TEXT PRIMARY KEY, title TEXT NOT NULL, system TEXT NOT NULL, prompt_start INTEGER, created REAL NOT NULL,
            updated REAL NOT NULL
          ) STRICT;
          CREATE INDEX conversations_by_time ON conversations (updated);
          CREATE TABLE messages (
            conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE, id INTEGER NOT NULL, parent INTEGER,
            role TEXT NOT NULL, text TEXT NOT NULL, chosen INTEGER NOT NULL, answer TEXT, PRIMARY KEY (conversation, id)
          ) STRICT;
          """)
    }
    return migrator
  }
}
