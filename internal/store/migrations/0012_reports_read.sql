-- +goose Up
-- A report that could not come into its channel went to whoever had asked for it.
UPDATE reports SET channel = COALESCE((SELECT MAX(o.recipient) FROM occurrences o WHERE o.workspace = reports.workspace AND o.subject = reports.subject
  AND o.kind = 'report' AND o.payload = CAST(reports.number AS TEXT) AND o.state = 'sent'
  AND (o.recipient LIKE 'U%' OR o.recipient LIKE 'W%')), channel);
-- Those that stand somewhere, by where; see ReportsReadAlong.
CREATE INDEX reports_in ON reports (workspace, channel) WHERE ts <> '' OR file_id <> '';
