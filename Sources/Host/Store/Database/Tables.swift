/// The tables of the state folder's database, as a list of migrations. A step that has been released never changes.
enum Tables {
    static let migrations = [
        """
        CREATE TABLE events (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            topic TEXT NOT NULL,
            key TEXT NOT NULL,
            at INTEGER NOT NULL,
            data TEXT NOT NULL
        );
        CREATE INDEX events_by_key ON events (key, position);
        CREATE TABLE cursors (
            consumer TEXT PRIMARY KEY,
            position INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE deliveries (
            consumer TEXT NOT NULL,
            position INTEGER NOT NULL,
            state TEXT NOT NULL,
            tries INTEGER NOT NULL,
            next_at INTEGER NOT NULL,
            error TEXT NOT NULL,
            PRIMARY KEY (consumer, position)
        ) WITHOUT ROWID;
        CREATE TABLE documents (
            collection TEXT NOT NULL,
            name TEXT NOT NULL,
            revision INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (collection, name)
        ) WITHOUT ROWID;
        """,
        // Several hosts may write to one log: its head hands out positions, and every event tells whose it is.
        """
        CREATE TABLE log_head (
            one INTEGER PRIMARY KEY,
            position INTEGER NOT NULL
        );
        INSERT INTO log_head (one, position) SELECT 1, coalesce(max(position), 0) FROM events;
        ALTER TABLE events ADD COLUMN host TEXT NOT NULL DEFAULT '';
        CREATE INDEX events_by_topic ON events (topic, position);
        """,
        // Work to be done once; times are 0 where they have not come.
        """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            period TEXT NOT NULL,
            state TEXT NOT NULL,
            run INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            due INTEGER NOT NULL,
            owner TEXT NOT NULL,
            done INTEGER NOT NULL,
            total INTEGER NOT NULL,
            token TEXT NOT NULL,
            input TEXT NOT NULL,
            result TEXT NOT NULL,
            error TEXT NOT NULL,
            made INTEGER NOT NULL,
            started INTEGER NOT NULL,
            ended INTEGER NOT NULL,
            UNIQUE (kind, subject, period)
        ) WITHOUT ROWID;
        CREATE INDEX jobs_by_due ON jobs (state, due);
        CREATE INDEX jobs_by_making ON jobs (made);
        """,
    ]
}
