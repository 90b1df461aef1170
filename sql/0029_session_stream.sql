-- A stream that is open ends with the login behind it. Owner: web/session (session_stream).
-- Which streams a session has opened: u.17, c.2417. Each session listens on a channel of its own, u.17.<session>, so that what ends one ends no other.
CREATE TABLE session_stream (
	session_id BIGINT NOT NULL,
	stream     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	roles      INT NOT NULL,                        -- bits of enum role: one of them is needed to listen
	PRIMARY KEY (session_id, stream),
	KEY (stream, session_id),
	CONSTRAINT session_stream_session FOREIGN KEY (session_id) REFERENCES session (id) ON DELETE CASCADE
);

-- Who listens now: whose login stands, and who may.
CREATE ALGORITHM = MERGE VIEW stream_listener AS
	SELECT l.stream, l.session_id FROM session_stream l JOIN session s ON s.id = l.session_id JOIN member m ON m.id = s.member_id
	WHERE m.status = 'active' AND (m.roles | 1) & l.roles AND COALESCE(s.refresh_expires_at, s.access_expires_at) > UTC_TIMESTAMP(6);
