-- What members are told. Owner: notify.
CREATE TABLE member_stream (
	member_id BIGINT PRIMARY KEY,
	head      BIGINT NOT NULL DEFAULT 0,           -- the last number given out: 1, 2, 3 … without a gap
	unread    INT NOT NULL DEFAULT 0,
	CONSTRAINT member_stream_member FOREIGN KEY (member_id) REFERENCES member (id)
);

CREATE TABLE notification (
	member_id BIGINT NOT NULL,
	seq       BIGINT NOT NULL,
	type      VARCHAR(40) CHARACTER SET ascii NOT NULL,
	data      TEXT NOT NULL,                       -- JSON
	at        DATETIME(6) NOT NULL,
	read_at   DATETIME(6) NULL,
	PRIMARY KEY (member_id, seq)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE mail (
	id         BIGINT PRIMARY KEY AUTO_INCREMENT,
	message_id VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	to_address VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	subject    VARCHAR(200) NOT NULL,
	body       TEXT NOT NULL,
	state      VARCHAR(8) CHARACTER SET ascii NOT NULL DEFAULT 'queued',
	created_at DATETIME(6) NOT NULL,
	sent_at    DATETIME(6) NULL,
	UNIQUE KEY (message_id),
	KEY (created_at),
	KEY mail_by_address (to_address),
	CONSTRAINT mail_state CHECK (state IN ('queued', 'sent', 'refused'))
) DEFAULT CHARACTER SET utf8mb4;
