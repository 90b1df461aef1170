-- Letters are forgotten by their address when a member withdraws. Owner: mail_out (mail).
ALTER TABLE mail ADD KEY mail_by_address (to_address);
