-- Payments of which a part goes back or has gone back, to be listed: 1, or NULL of all others. Owner: payment.
ALTER TABLE payment
	ADD part_refunded TINYINT AS (IF(status = 'paid' AND promised > 0 AND promised < approved, 1, NULL)) PERSISTENT,
	ADD KEY payment_by_part (part_refunded, id);
