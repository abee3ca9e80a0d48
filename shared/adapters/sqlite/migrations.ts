/**
 * The schema of `kass.db`, version by version. An entry is never changed once released: add one, and a fixture of the
 * version before it to `test/`. All times are milliseconds since 1970.
 */
const version1 = `
-- Documents: the record as JSON, beside it only what is queried.
CREATE TABLE records (
  seq INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  path TEXT NOT NULL,
  status TEXT NOT NULL,
  groups TEXT NOT NULL,
  due_at INTEGER,
  claimed INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  record TEXT NOT NULL
);
CREATE UNIQUE INDEX records_id ON records (tenant, id);
CREATE INDEX records_path ON records (tenant, path, groups) WHERE status <> 'gone';
CREATE INDEX records_status ON records (tenant, status, path, groups);
CREATE INDEX records_due ON records (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX records_claimed ON records (seq) WHERE claimed = 1;

-- What every search hit is checked against: narrow, so that a batch touches few pages.
CREATE TABLE active (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  attempt TEXT,
  groups TEXT NOT NULL,
  incarnation INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE epochs (tenant TEXT PRIMARY KEY, epoch INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE progress (tenant TEXT NOT NULL, id TEXT NOT NULL, progress TEXT NOT NULL, PRIMARY KEY (tenant, id));
CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;

-- Objects: a row for each revision; the bytes are in the file.
CREATE TABLE objects (
  tenant TEXT NOT NULL,
  path TEXT NOT NULL,
  revision TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  content_type TEXT NOT NULL,
  attributes TEXT,
  created_at INTEGER NOT NULL,
  file TEXT NOT NULL
);
CREATE UNIQUE INDEX objects_revision ON objects (tenant, path, revision);
CREATE UNIQUE INDEX objects_file ON objects (file);
-- When the newest revision was written, kept after its removal: a later one must be later.
CREATE TABLE object_times (
  tenant TEXT NOT NULL,
  path TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, path)
) WITHOUT ROWID;

-- Jobs. State 0: waiting, 1: delayed until visible_at, 2: handed out until visible_at.
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  about TEXT NOT NULL,
  body TEXT NOT NULL,
  state INTEGER NOT NULL,
  visible_at INTEGER NOT NULL,
  receives INTEGER NOT NULL DEFAULT 0,
  lost INTEGER NOT NULL DEFAULT 0,
  receipt TEXT,
  note TEXT
);
CREATE INDEX jobs_waiting ON jobs (tenant, visible_at, seq) WHERE state = 0;
CREATE INDEX jobs_same ON jobs (tenant, about) WHERE state = 0;
CREATE INDEX jobs_later ON jobs (visible_at) WHERE state <> 0;
CREATE TABLE dead_jobs (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL);

-- A lane for each tenant; its counts are kept by triggers, so the next one is found without counting.
CREATE TABLE lanes (
  tenant TEXT PRIMARY KEY,
  waiting INTEGER NOT NULL,
  delayed INTEGER NOT NULL,
  held INTEGER NOT NULL,
  served INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX lanes_next ON lanes (held, served) WHERE waiting > 0;
CREATE INDEX lanes_served ON lanes (served);
CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN
  INSERT INTO lanes (tenant, waiting, delayed, held) VALUES (new.tenant, new.state = 0, new.state = 1, new.state = 2)
  ON CONFLICT (tenant) DO UPDATE SET waiting = waiting + excluded.waiting, delayed = delayed + excluded.delayed,
    held = held + excluded.held;
END;
CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs WHEN new.state <> old.state BEGIN
  UPDATE lanes SET waiting = waiting + (new.state = 0) - (old.state = 0),
    delayed = delayed + (new.state = 1) - (old.state = 1), held = held + (new.state = 2) - (old.state = 2)
  WHERE tenant = new.tenant;
END;
CREATE TRIGGER jobs_removed AFTER DELETE ON jobs BEGIN
  UPDATE lanes SET waiting = waiting - (old.state = 0), delayed = delayed - (old.state = 1),
    held = held - (old.state = 2)
  WHERE tenant = old.tenant;
END;

-- Conversations: seq is the order of arrival, last the seq of the newest message.
CREATE TABLE conversations (
  tenant TEXT NOT NULL,
  subject TEXT NOT NULL,
  id TEXT NOT NULL,
  title TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (tenant, subject, id)
) WITHOUT ROWID;
CREATE INDEX conversations_last ON conversations (tenant, subject, last);
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  subject TEXT NOT NULL,
  conversation TEXT NOT NULL,
  id TEXT NOT NULL,
  role TEXT NOT NULL,
  content TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  sources TEXT NOT NULL,
  citations TEXT NOT NULL,
  meta TEXT
);
CREATE UNIQUE INDEX messages_id ON messages (tenant, subject, id);
CREATE INDEX messages_conversation ON messages (tenant, subject, conversation, seq);

CREATE TABLE cache (key TEXT NOT NULL UNIQUE, value TEXT NOT NULL, expires_at INTEGER NOT NULL);
CREATE INDEX cache_expiry ON cache (expires_at);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  name TEXT NOT NULL,
  tenant TEXT NOT NULL,
  subject TEXT NOT NULL,
  groups TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
);
CREATE TABLE usage (
  tenant TEXT NOT NULL,
  subject TEXT NOT NULL,
  day TEXT NOT NULL,
  requests INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  PRIMARY KEY (tenant, subject, day)
) WITHOUT ROWID;
`

/** An earlier delayed copy of a message makes a later one needless. */
const version2 = `
CREATE INDEX jobs_delayed ON jobs (tenant, about, visible_at) WHERE state = 1;
`

/** What this installation signs with; made when it is first needed. */
const version3 = `
CREATE TABLE secrets (name TEXT PRIMARY KEY, secret BLOB NOT NULL) WITHOUT ROWID;
`

/** Keys end, are used, and give way to others. */
const version4 = `
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
ALTER TABLE api_keys ADD COLUMN replaced_by TEXT;
`

/** What people think of answers; and what goes by its age can be found by it. */
const version5 = `
CREATE TABLE feedback (
  tenant TEXT NOT NULL,
  subject TEXT NOT NULL,
  message TEXT NOT NULL,
  conversation TEXT NOT NULL,
  rating TEXT NOT NULL,
  comment TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (tenant, subject, message)
) WITHOUT ROWID;
CREATE INDEX feedback_given ON feedback (tenant, at, message);
CREATE INDEX feedback_conversation ON feedback (tenant, subject, conversation);
CREATE INDEX feedback_age ON feedback (at);
CREATE INDEX conversations_age ON conversations (updated_at);
`

export const migrations: readonly string[] = [version1, version2, version3, version4, version5]
