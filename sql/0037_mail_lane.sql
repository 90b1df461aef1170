-- Mails have shards of their own: 40 to 43. Owner: data.
ALTER TABLE outbox
	DROP CONSTRAINT outbox_shard_known,
	ADD CONSTRAINT outbox_shard_known CHECK (shard < 44);
INSERT INTO outbox_shard (shard) SELECT seq FROM seq_40_to_43;
