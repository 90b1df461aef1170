-- An order whose hold is over is not ready to be paid any more: those of before holds said so when they ended. Owner: payment.
UPDATE payment p JOIN ticket t ON t.id = p.ticket_id SET p.status = 'cancelled' WHERE p.status = 'ready' AND t.state IN ('expired', 'left', 'cancelled');
