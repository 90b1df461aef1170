-- Important notices go by mail too. Owner: notify.
-- NULL: it does not. due: its mail is not written yet. written: the mail n.<member>.<seq>@madang. nobody: there was no address to write to.
-- late: what it offers had run out.
ALTER TABLE notification
	ADD mail VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL,
	ADD CONSTRAINT notification_mail CHECK (mail IN ('due', 'written', 'nobody', 'late'));
