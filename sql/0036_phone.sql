-- Korea's numbers are kept as they are dialled within the country, however they were written. Who has two accounts by that keeps both: whether
-- they are one person is for people to say. Owner: account.
UPDATE member SET phone = CONCAT('0', TRIM(LEADING '0' FROM SUBSTRING(TRIM(LEADING '0' FROM phone), 3))), version = version + 1
	WHERE TRIM(LEADING '0' FROM phone) LIKE '82%' AND CHAR_LENGTH(TRIM(LEADING '0' FROM phone)) >= 10;
