-- What others say of the centre's refund policy. Owner: policy.
CREATE ALGORITHM = MERGE VIEW refund_policy_name AS SELECT id, name FROM refund_policy;
