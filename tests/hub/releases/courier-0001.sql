BEGIN TRANSACTION;
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE attempt (
    id INTEGER NOT NULL,
    receiver VARCHAR(48) NOT NULL,
    began_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    outcome VARCHAR(16),
    status INTEGER,
    fault VARCHAR(200),
    carries INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE carried (
    attempt INTEGER NOT NULL,
    delivery INTEGER NOT NULL,
    PRIMARY KEY (attempt, delivery)
);
CREATE TABLE delivery (
    id INTEGER NOT NULL,
    notice INTEGER NOT NULL,
    receiver VARCHAR(48) NOT NULL,
    rank INTEGER NOT NULL,
    state VARCHAR(16) NOT NULL,
    starts_ms BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    alone INTEGER NOT NULL,
    delivered_ms BIGINT,
    fault VARCHAR(200),
    PRIMARY KEY (id)
);
CREATE TABLE fact (
    name VARCHAR(48) NOT NULL,
    value VARCHAR(200) NOT NULL,
    PRIMARY KEY (name)
);
INSERT INTO "fact" VALUES('up-to','17');
CREATE TABLE notice (
    id INTEGER NOT NULL,
    "key" VARCHAR(64) NOT NULL,
    alert VARCHAR(64) NOT NULL,
    duty VARCHAR(48) NOT NULL,
    reason VARCHAR(16) NOT NULL,
    priority INTEGER NOT NULL,
    at_ms BIGINT NOT NULL,
    taken_ms BIGINT NOT NULL,
    state VARCHAR(16) NOT NULL,
    ended_ms BIGINT,
    receiver VARCHAR(48),
    maybe_heard INTEGER NOT NULL,
    tells_all INTEGER NOT NULL,
    fault VARCHAR(200),
    body BLOB NOT NULL,
    PRIMARY KEY (id),
    UNIQUE ("key")
);
CREATE TABLE receiver_health (
    receiver VARCHAR(48) NOT NULL,
    state VARCHAR(16) NOT NULL,
    since_ms BIGINT NOT NULL,
    last_ok_ms BIGINT,
    last_fault_ms BIGINT,
    fault VARCHAR(200),
    failures INTEGER NOT NULL,
    paused_until_ms BIGINT NOT NULL,
    PRIMARY KEY (receiver)
);
CREATE INDEX notice_alert ON notice (alert);
CREATE INDEX notice_state ON notice (state, at_ms);
CREATE INDEX delivery_waiting ON delivery (state, receiver);
CREATE INDEX delivery_notice ON delivery (notice);
CREATE INDEX attempt_open ON attempt (outcome);
CREATE INDEX attempt_pace ON attempt (receiver, began_ms);
CREATE INDEX carried_delivery ON carried (delivery);
COMMIT;
