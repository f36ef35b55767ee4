BEGIN TRANSACTION;
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE alert (
    id VARCHAR(26) NOT NULL,
    rule VARCHAR(48) NOT NULL,
    subject VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    closed_at DATETIME,
    since DATETIME NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE board (
    kind VARCHAR(16) NOT NULL,
    "key" VARCHAR(64) NOT NULL,
    version BIGINT NOT NULL,
    body BLOB,
    PRIMARY KEY (kind, "key")
);
CREATE TABLE fact (
    name VARCHAR(48) NOT NULL,
    value VARCHAR(200) NOT NULL,
    PRIMARY KEY (name)
);
INSERT INTO "fact" VALUES('judged-until','2026-11-23T08:00:00+00:00');
CREATE TABLE gone (
    id INTEGER NOT NULL,
    source INTEGER NOT NULL,
    low BIGINT NOT NULL,
    high BIGINT NOT NULL,
    received_ms BIGINT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(source) REFERENCES source (id)
);
CREATE TABLE heartbeat (
    node VARCHAR(48) NOT NULL,
    slot INTEGER NOT NULL,
    mask INTEGER NOT NULL,
    PRIMARY KEY (node, slot)
)
 WITHOUT ROWID

;
CREATE TABLE history_awake (
    from_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    PRIMARY KEY (from_ms)
);
CREATE TABLE history_minute (
    space VARCHAR(48) NOT NULL,
    minute INTEGER NOT NULL,
    occupancy INTEGER,
    low INTEGER,
    high INTEGER,
    most INTEGER,
    capacity INTEGER,
    verdict INTEGER NOT NULL,
    corrected INTEGER NOT NULL,
    PRIMARY KEY (space, minute)
)
 WITHOUT ROWID

;
CREATE TABLE history_verdict (
    id INTEGER NOT NULL,
    state VARCHAR(16) NOT NULL,
    reason VARCHAR(48) NOT NULL,
    clause VARCHAR(400),
    PRIMARY KEY (id)
);
CREATE TABLE in_force (
    id INTEGER NOT NULL,
    since_ms BIGINT NOT NULL,
    profile VARCHAR(48) NOT NULL,
    variant VARCHAR(48),
    sha256 VARCHAR(64) NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE journal (
    position INTEGER NOT NULL,
    source INTEGER NOT NULL,
    seq BIGINT NOT NULL,
    received_ms BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (position),
    UNIQUE (source, seq),
    FOREIGN KEY(source) REFERENCES source (id)
);
CREATE TABLE notification (
    id INTEGER NOT NULL,
    "key" VARCHAR(64) NOT NULL,
    alert VARCHAR(26) NOT NULL,
    at_ms BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (id),
    UNIQUE ("key")
);
CREATE TABLE post_hour (
    post VARCHAR(48) NOT NULL,
    hour INTEGER NOT NULL,
    day VARCHAR(10) NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (post, hour)
);
CREATE TABLE rejected (
    id INTEGER NOT NULL,
    source INTEGER,
    seq BIGINT,
    node VARCHAR(48) NOT NULL,
    received_ms BIGINT NOT NULL,
    fault VARCHAR(500) NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (source, seq),
    FOREIGN KEY(source) REFERENCES source (id)
);
CREATE TABLE snapshot (
    id INTEGER NOT NULL,
    position BIGINT NOT NULL,
    taken_ms BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE source (
    id INTEGER NOT NULL,
    node VARCHAR(48) NOT NULL,
    epoch VARCHAR(26) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (node, epoch)
);
CREATE TABLE space_day (
    day VARCHAR(10) NOT NULL,
    space VARCHAR(48) NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (day, space)
);
CREATE TABLE standing (
    kind VARCHAR(16) NOT NULL,
    "key" VARCHAR(64) NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (kind, "key")
);
CREATE TABLE transition (
    id INTEGER NOT NULL,
    alert VARCHAR(26) NOT NULL,
    at DATETIME NOT NULL,
    change VARCHAR(16) NOT NULL,
    "by" VARCHAR(80),
    value FLOAT,
    note VARCHAR(200),
    PRIMARY KEY (id)
);
CREATE INDEX board_version ON board (version);
CREATE INDEX alert_open ON alert (closed_at);
CREATE INDEX transition_alert ON transition (alert);
CREATE INDEX notification_alert ON notification (alert);
CREATE INDEX post_hour_day ON post_hour (day);
COMMIT;
