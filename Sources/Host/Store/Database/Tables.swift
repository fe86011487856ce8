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
        // Campaigns, whom they call, and every try; times are 0 where they have not come. A number is on the phone once:
        // `live_numbers` has a row for each attempt under way. Leads whose time has come are ripe, and only those are looked
        // through in the order of priorities: however many wait for a window, nobody walks past them. `lead_numbers` has the
        // further numbers of leads.
        """
        CREATE TABLE campaigns (
            name TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            revision INTEGER NOT NULL,
            body TEXT NOT NULL,
            figures TEXT NOT NULL,
            tokens INTEGER NOT NULL,
            tokens_at INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            made INTEGER NOT NULL,
            updated INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE leads (
            id TEXT PRIMARY KEY,
            list TEXT NOT NULL,
            external_id TEXT NOT NULL,
            number TEXT NOT NULL,
            numbers TEXT NOT NULL,
            name TEXT NOT NULL,
            zone TEXT NOT NULL,
            region TEXT NOT NULL,
            language TEXT NOT NULL,
            fields TEXT NOT NULL,
            consent TEXT NOT NULL,
            score INTEGER NOT NULL,
            stage TEXT NOT NULL,
            priority INTEGER NOT NULL,
            state TEXT NOT NULL,
            disposition TEXT NOT NULL,
            reason TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            next_at INTEGER NOT NULL,
            ripe INTEGER NOT NULL,
            callback_at INTEGER NOT NULL,
            last_attempt_at INTEGER NOT NULL,
            made INTEGER NOT NULL,
            updated INTEGER NOT NULL
        );
        CREATE INDEX leads_ripe ON leads (list, priority DESC, score DESC, next_at)
        WHERE state = 'ready' AND ripe = 1;
        CREATE INDEX leads_waiting ON leads (list, next_at, priority DESC, score DESC)
        WHERE state = 'ready' AND ripe = 0;
        CREATE INDEX leads_called_back ON leads (list, next_at) WHERE state = 'ready' AND callback_at > 0;
        CREATE INDEX leads_by_list ON leads (list, id);
        CREATE INDEX leads_by_outcome ON leads (list, state, disposition);
        CREATE INDEX leads_by_number ON leads (number);
        CREATE INDEX leads_by_external_id ON leads (external_id);
        CREATE TABLE lead_numbers (
            number TEXT NOT NULL,
            lead TEXT NOT NULL,
            PRIMARY KEY (number, lead)
        ) WITHOUT ROWID;
        CREATE INDEX lead_numbers_by_lead ON lead_numbers (lead);
        CREATE TABLE attempts (
            id TEXT PRIMARY KEY,
            campaign TEXT NOT NULL,
            lead TEXT NOT NULL,
            list TEXT NOT NULL,
            number TEXT NOT NULL,
            caller_id TEXT NOT NULL,
            owner TEXT NOT NULL,
            state TEXT NOT NULL,
            carrier_call_id TEXT NOT NULL,
            call_id TEXT NOT NULL,
            status TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            answered_by TEXT NOT NULL,
            disposition TEXT NOT NULL,
            reason TEXT NOT NULL,
            decision TEXT NOT NULL,
            intended_at INTEGER NOT NULL,
            placed_at INTEGER NOT NULL,
            answered_at INTEGER NOT NULL,
            greeted_at INTEGER NOT NULL,
            ended_at INTEGER NOT NULL,
            due INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX attempts_by_lead ON attempts (lead, intended_at);
        CREATE INDEX attempts_by_number ON attempts (number, intended_at);
        CREATE INDEX attempts_by_campaign ON attempts (campaign, id);
        CREATE INDEX attempts_by_carrier_call ON attempts (carrier_call_id);
        CREATE INDEX attempts_by_due ON attempts (state, due);
        CREATE TABLE live_numbers (
            number TEXT PRIMARY KEY,
            attempt TEXT NOT NULL,
            campaign TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX live_numbers_by_campaign ON live_numbers (campaign);
        CREATE TABLE suppressions (
            campaign TEXT NOT NULL,
            pattern TEXT NOT NULL,
            reason TEXT NOT NULL,
            is_prefix INTEGER NOT NULL,
            made INTEGER NOT NULL,
            PRIMARY KEY (pattern, campaign)
        ) WITHOUT ROWID;
        CREATE INDEX suppressions_of_prefixes ON suppressions (pattern) WHERE is_prefix = 1;
        """,
    ]
}
