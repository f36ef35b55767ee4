BEGIN TRANSACTION;
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit (
    id INTEGER NOT NULL,
    at_ms BIGINT NOT NULL,
    who VARCHAR(120) NOT NULL,
    account INTEGER,
    role VARCHAR(16) NOT NULL,
    action VARCHAR(120) NOT NULL,
    subject VARCHAR(120) NOT NULL,
    detail VARCHAR NOT NULL,
    prev_hash VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (prev_hash)
);
CREATE TABLE decision (
    id INTEGER NOT NULL,
    at_ms BIGINT NOT NULL,
    who VARCHAR(80) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    subject VARCHAR(64) NOT NULL,
    detail BLOB,
    PRIMARY KEY (id)
);
CREATE TABLE decision_book (
    id INTEGER NOT NULL,
    name VARCHAR(32) NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO "decision_book" VALUES(1,'01KAR5Z0000000000000000000');
CREATE TABLE errand (
    id INTEGER NOT NULL,
    "key" VARCHAR(40) NOT NULL,
    at_ms BIGINT NOT NULL,
    who VARCHAR(80) NOT NULL,
    space VARCHAR(64) NOT NULL,
    task VARCHAR(32) NOT NULL,
    verb VARCHAR(16) NOT NULL,
    to_role VARCHAR(16),
    note VARCHAR(200) NOT NULL,
    decision INTEGER,
    PRIMARY KEY (id),
    UNIQUE ("key")
);
CREATE TABLE floor_plan (
    building VARCHAR(48) NOT NULL,
    floor INTEGER NOT NULL,
    version BIGINT NOT NULL,
    body BLOB NOT NULL,
    picture VARCHAR(64),
    who VARCHAR(80) NOT NULL,
    at_ms BIGINT NOT NULL,
    removed_ms BIGINT,
    PRIMARY KEY (building, floor),
    FOREIGN KEY(picture) REFERENCES plan_picture (sha256)
);
CREATE TABLE login (
    token_hash VARCHAR(64) NOT NULL,
    user_id INTEGER NOT NULL,
    shown_name VARCHAR(80),
    by_code INTEGER NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (token_hash),
    FOREIGN KEY(user_id) REFERENCES user_account (id)
);
CREATE TABLE one_time_code (
    code_hash VARCHAR(64) NOT NULL,
    user_id INTEGER NOT NULL,
    expires_ms BIGINT NOT NULL,
    used_ms BIGINT,
    PRIMARY KEY (code_hash),
    FOREIGN KEY(user_id) REFERENCES user_account (id)
);
CREATE TABLE plan_picture (
    sha256 VARCHAR(64) NOT NULL,
    media_type VARCHAR(32) NOT NULL,
    aspect FLOAT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (sha256)
);
CREATE TABLE sign (
    token VARCHAR(40) NOT NULL,
    space VARCHAR(48) NOT NULL,
    note VARCHAR(80) NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (token)
);
CREATE TABLE sign_in_attempt (
    id INTEGER NOT NULL,
    who VARCHAR(120) NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE user_account (
    id INTEGER NOT NULL,
    name VARCHAR(80) NOT NULL,
    role VARCHAR(16) NOT NULL,
    password_hash VARCHAR(200),
    created_ms BIGINT NOT NULL,
    disabled_ms BIGINT,
    PRIMARY KEY (id),
    UNIQUE (name)
);
CREATE INDEX attempt_who ON sign_in_attempt (who, at_ms);
CREATE INDEX decision_subject ON decision (subject);
CREATE INDEX audit_who ON audit (who);
CREATE INDEX audit_subject ON audit (subject);
CREATE INDEX errand_at ON errand (at_ms);
COMMIT;
