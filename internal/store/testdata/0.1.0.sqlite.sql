PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-28 18:09:03');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-28 18:09:03');
CREATE TABLE counters (
  workspace TEXT NOT NULL,
  name      TEXT NOT NULL, -- factory, visit, plan, inspection
  last      BIGINT NOT NULL,
  PRIMARY KEY (workspace, name)
);
INSERT INTO counters VALUES('T1','visit',3);
INSERT INTO counters VALUES('T1','factory',2);
INSERT INTO counters VALUES('T1','plan',2);
INSERT INTO counters VALUES('T1','inspection',6);
INSERT INTO counters VALUES('T2','visit',1);
INSERT INTO counters VALUES('T2','factory',1);
CREATE TABLE factories (
  workspace TEXT NOT NULL,
  number    BIGINT NOT NULL,
  name      TEXT NOT NULL,
  chinese   TEXT NOT NULL,
  city      TEXT NOT NULL,
  address   TEXT NOT NULL,
  zone      TEXT NOT NULL,
  contacts  TEXT NOT NULL,
  removed   BOOLEAN NOT NULL,
  rev       BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
INSERT INTO factories VALUES('T1',1,'Ningbo Bright','宁波光明金属有限公司','Ningbo',replace('宁波市北仑区明州西路1号\n3号门','\n',char(10)),'Asia/Shanghai','Ms Zhang, +86 574 0000; ''QA'' "Mr Li"',0,1);
INSERT INTO factories VALUES('T1',2,'Old Works','','','','Asia/Urumqi','',1,2);
INSERT INTO factories VALUES('T2',1,'Ningbo Bright','宁波光明','','','Asia/Shanghai','',0,1);
CREATE TABLE visits (
  workspace    TEXT NOT NULL,
  number       BIGINT NOT NULL,
  rev          BIGINT NOT NULL,
  schedule     BIGINT NOT NULL,
  factory      BIGINT NOT NULL,
  purpose      TEXT NOT NULL,
  first_day    TEXT NOT NULL,
  last_day     TEXT NOT NULL,
  channel      TEXT NOT NULL,
  private      BOOLEAN NOT NULL,
  shared       BOOLEAN NOT NULL,
  zone         TEXT NOT NULL,
  home         TEXT NOT NULL,
  owner        TEXT NOT NULL,
  people       TEXT NOT NULL, -- JSON
  agenda       TEXT NOT NULL,
  notes        TEXT NOT NULL, -- JSON
  card         TEXT NOT NULL,
  cancelled_by TEXT NOT NULL,
  cancelled_at BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
INSERT INTO visits VALUES('T1',1,3,2,1,'first_visit','2027-03-22','2027-03-24','C1',0,1,'Asia/Shanghai','Europe/Berlin','U1','[{"user":"U1","role":"leads"},{"name":"Ms Zhang","role":"interpreter"},{"user":"U2"}]',replace('Day 1: tour\nDay 2: lines','\n',char(10)),'[{"by":"U2","at":"2027-01-04T05:00:00Z","text":"Gate 3, not gate 1 — 3号门"},{"by":"U1","at":"2027-01-04T05:00:00Z","text":"from a message","link":"https://example.slack.com/archives/C1/p1799035200000100"}]','1799035200.000100','',0,1799035200000);
INSERT INTO visits VALUES('T1',2,2,2,2,'negotiation','2027-05-10','2027-05-10','G2',1,0,'Asia/Urumqi','Asia/Urumqi','U2','','','','','U2',1799038800000,1799035200000);
INSERT INTO visits VALUES('T1',3,1,1,1,'follow_up','2027-01-18','2027-01-19','C3',0,0,'Asia/Shanghai','Europe/Berlin','U1','','','','','',0,1799035200000);
INSERT INTO visits VALUES('T2',1,1,1,1,'first_visit','2027-03-15','2027-03-17','C1',0,0,'Asia/Shanghai','Europe/Berlin','U1','[{"user":"U1","role":"leads"},{"name":"Ms Zhang"}]','','','','',0,1799035200000);
CREATE TABLE items (
  workspace TEXT NOT NULL,
  subject   TEXT NOT NULL, -- visit/12, inspection/7
  id        BIGINT NOT NULL,
  milestone BIGINT NOT NULL,
  text      TEXT NOT NULL,
  advice    TEXT NOT NULL, -- ids, JSON
  sensitive BOOLEAN NOT NULL,
  owner     TEXT NOT NULL,
  done_by   TEXT NOT NULL,
  done_at   BIGINT NOT NULL,
  skipped   TEXT NOT NULL,
  own       BOOLEAN NOT NULL,
  removed   BOOLEAN NOT NULL,
  PRIMARY KEY (workspace, subject, id)
);
INSERT INTO items VALUES('T1','visit/1',1,-56,'Ask for the invitation letter','["visa-letter","visa-types"]',0,'','U1',1799042400000,'',0,0);
INSERT INTO items VALUES('T1','visit/1',2,-14,'Agree who pays for the sample','["sample-cost"]',1,'','U2',1799042401234,'the factory pays',0,0);
INSERT INTO items VALUES('T1','visit/1',3,-7,'Book the interpreter','',0,'U2','',0,'',0,0);
INSERT INTO items VALUES('T1','visit/1',4,0,'Count the operators on the line','',0,'','',0,'',0,0);
INSERT INTO items VALUES('T1','visit/1',5,7,'Send the minutes','',0,'','',0,'',0,0);
INSERT INTO items VALUES('T1','visit/1',6,-1,'Charge the camera','',0,'U1','',0,'',1,0);
INSERT INTO items VALUES('T1','visit/1',7,-1,'A line taken out again','',0,'','',0,'',1,1);
INSERT INTO items VALUES('T1','visit/2',1,-56,'Ask for the invitation letter','["visa-letter","visa-types"]',0,'','',0,'',0,0);
INSERT INTO items VALUES('T1','visit/2',2,-14,'Agree who pays for the sample','["sample-cost"]',1,'','',0,'',0,0);
INSERT INTO items VALUES('T1','visit/3',1,-56,'Ask for the invitation letter','["visa-letter","visa-types"]',0,'','',0,'',0,0);
INSERT INTO items VALUES('T1','visit/3',2,-14,'Agree who pays for the sample','["sample-cost"]',1,'','',0,'',0,0);
INSERT INTO items VALUES('T1','visit/3',3,-7,'Book the interpreter','',0,'U2','',0,'',0,0);
INSERT INTO items VALUES('T1','visit/3',4,0,'Count the operators on the line','',0,'','',0,'',0,0);
INSERT INTO items VALUES('T1','visit/3',5,7,'Send the minutes','',0,'','',0,'',0,0);
INSERT INTO items VALUES('T1','inspection/1',1,-3,'Send the sampling plan','',0,'U2','',0,'',0,0);
INSERT INTO items VALUES('T1','inspection/1',2,0,'Weigh ten cartons','',0,'','U3',1799035200000,'',0,0);
INSERT INTO items VALUES('T1','inspection/2',1,-3,'Send the sampling plan','',0,'U2','',0,'',0,0);
INSERT INTO items VALUES('T1','inspection/2',2,0,'Weigh ten cartons','',0,'','',0,'',0,0);
INSERT INTO items VALUES('T1','inspection/3',1,-3,'Send the sampling plan','',0,'U2','',0,'',0,0);
INSERT INTO items VALUES('T1','inspection/3',2,0,'Weigh ten cartons','',0,'','',0,'',0,0);
INSERT INTO items VALUES('T1','inspection/4',1,-3,'Send the sampling plan','',0,'U2','',0,'',0,0);
INSERT INTO items VALUES('T1','inspection/4',2,0,'Weigh ten cartons','',0,'','',0,'',0,0);
INSERT INTO items VALUES('T1','inspection/5',1,-3,'Send the sampling plan','',0,'U2','',0,'',0,0);
INSERT INTO items VALUES('T1','inspection/5',2,0,'Weigh ten cartons','',0,'','',0,'',0,0);
INSERT INTO items VALUES('T1','inspection/6',1,-3,'Send the sampling plan','',0,'U2','',0,'',0,0);
INSERT INTO items VALUES('T1','inspection/6',2,0,'Weigh ten cartons','',0,'','',0,'',0,0);
INSERT INTO items VALUES('T2','visit/1',1,-56,'a','["x","y"]',0,'','',0,'',0,0);
INSERT INTO items VALUES('T2','visit/1',2,-14,'b','',1,'','',0,'',0,0);
INSERT INTO items VALUES('T2','visit/1',3,0,'c','',0,'','',0,'',0,0);
CREATE TABLE plans (
  workspace  TEXT NOT NULL,
  number     BIGINT NOT NULL,
  rev        BIGINT NOT NULL,
  factory    BIGINT NOT NULL,
  type       TEXT NOT NULL,
  rule       TEXT NOT NULL,
  channel    TEXT NOT NULL,
  private    BOOLEAN NOT NULL,
  shared     BOOLEAN NOT NULL,
  zone       TEXT NOT NULL,
  home       TEXT NOT NULL,
  leads      TEXT NOT NULL, -- JSON
  inspectors TEXT NOT NULL, -- JSON
  owner      TEXT NOT NULL,
  next_day   TEXT NOT NULL,
  made       BIGINT NOT NULL,
  ended_by   TEXT NOT NULL,
  ended_at   BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
INSERT INTO plans VALUES('T1',1,1,1,'routine_audit','every 3 months from 2027-01-31','C4',0,0,'Asia/Shanghai','Europe/Berlin','[14,3]','["U2","U3"]','U1','2027-04-30',1,'',0,1799035200000);
INSERT INTO plans VALUES('T1',2,2,1,'pre_shipment','0 9 * * 1','C5',0,0,'Asia/Shanghai','Asia/Shanghai','','','U2','2027-02-15',1,'U2',1799038800000,1799035200000);
CREATE TABLE inspections (
  workspace   TEXT NOT NULL,
  number      BIGINT NOT NULL,
  rev         BIGINT NOT NULL,
  schedule    BIGINT NOT NULL,
  plan        BIGINT NOT NULL, -- 0 for one on its own
  factory     BIGINT NOT NULL,
  type        TEXT NOT NULL,
  order_name  TEXT NOT NULL,
  due_day     TEXT NOT NULL,
  planned_day TEXT NOT NULL,
  channel     TEXT NOT NULL,
  private     BOOLEAN NOT NULL,
  shared      BOOLEAN NOT NULL,
  zone        TEXT NOT NULL,
  home        TEXT NOT NULL,
  leads       TEXT NOT NULL, -- JSON
  inspector   TEXT NOT NULL,
  owner       TEXT NOT NULL,
  result      TEXT NOT NULL,
  reported_by TEXT NOT NULL,
  reported_at BIGINT NOT NULL,
  note        TEXT NOT NULL,
  card        TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
INSERT INTO inspections VALUES('T1',1,2,2,1,1,'routine_audit','','2027-02-03','2027-01-31','C4',0,0,'Asia/Shanghai','Europe/Berlin','[14,3]','U2','U1','','',0,'','1799035200.000400',1799035200000);
INSERT INTO inspections VALUES('T1',2,2,2,2,1,'pre_shipment','','2027-02-08','2027-02-08','C5',0,0,'Asia/Shanghai','Asia/Shanghai','','','U2','withdrawn','U2',1799038800000,'','',1799035200000);
INSERT INTO inspections VALUES('T1',3,2,2,0,1,'pre_shipment','PO 45001','2027-01-20','2027-01-20','C6',0,0,'Asia/Shanghai','Europe/Berlin','[7]','U3','U1','passed','U3',1799046000000,'AQL 2.5: 3 of 125','',1799035200000);
INSERT INTO inspections VALUES('T1',4,2,2,0,1,'pre_shipment','PO 45002','2027-01-21','2027-01-21','C6',1,0,'Asia/Shanghai','Europe/Berlin','[7]','U3','U1','failed','U3',1799046000000,'AQL 2.5: 3 of 125','',1799035200000);
INSERT INTO inspections VALUES('T1',5,2,2,0,1,'pre_shipment','PO 45003','2027-01-22','2027-01-22','C6',0,0,'Asia/Shanghai','Europe/Berlin','[7]','U3','U1','skipped','U3',1799046000000,'AQL 2.5: 3 of 125','',1799035200000);
INSERT INTO inspections VALUES('T1',6,1,1,0,1,'container_loading','','2027-02-20','2027-02-20','C6',0,0,'Asia/Shanghai','Asia/Shanghai','','','U1','','',0,'','',1799035200000);
CREATE TABLE schedules (
  workspace TEXT NOT NULL,
  kind      TEXT NOT NULL,
  subject   TEXT NOT NULL,
  rule      TEXT NOT NULL,
  zone      TEXT NOT NULL,
  next_at   BIGINT NOT NULL, -- 0 when it has none
  rev       BIGINT NOT NULL,
  paused    BOOLEAN NOT NULL,
  PRIMARY KEY (workspace, kind, subject)
);
INSERT INTO schedules VALUES('T1','digest','person/U2','0 9 * * *','America/New_York',1799035200000,1,0);
INSERT INTO schedules VALUES('T1','digest','person/U1','0 9 * * *','Europe/Berlin',1799042400000,1,0);
INSERT INTO schedules VALUES('T1','plan','plan/1','every 3 months from 2027-01-31','Asia/Shanghai',1801713600000,2,0);
INSERT INTO schedules VALUES('T1','tip','channel/C1','0 9 * * 1','Europe/Berlin',1799640000000,1,0);
INSERT INTO schedules VALUES('T1','tip','person/U1','0 9 * * *','Europe/Berlin',0,1,1);
CREATE TABLE occurrences (
  workspace  TEXT NOT NULL,
  key        TEXT NOT NULL,
  kind       TEXT NOT NULL,
  subject    TEXT NOT NULL,
  schedule   BIGINT NOT NULL,
  milestone  BIGINT NOT NULL,
  day        TEXT NOT NULL,
  recipient  TEXT NOT NULL,
  zone       TEXT NOT NULL,
  any_hour   BOOLEAN NOT NULL,
  payload    TEXT NOT NULL,
  due_at     BIGINT NOT NULL, -- calendar time, as wake_at and expires_at
  wake_at    BIGINT NOT NULL, -- due, or the end of quiet hours
  expires_at BIGINT NOT NULL,
  state      TEXT NOT NULL,
  hold_until BIGINT NOT NULL, -- elapsed time, as posted_at and sent_at: lease, back-off, quarantine
  owner      TEXT NOT NULL,
  attempt    BIGINT NOT NULL,
  posted_at  BIGINT NOT NULL, -- committed before the request is written
  sent_at    BIGINT NOT NULL,
  ts         TEXT NOT NULL,
  error      TEXT NOT NULL,
  repeated   BOOLEAN NOT NULL,
  PRIMARY KEY (workspace, key)
);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/m-56/C1','remind','visit/1',1,-56,'2027-01-18','C1','Europe/Berlin',0,'',1800259200000,1800259200000,1801468800000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/m-28/C1','remind','visit/1',1,-28,'2027-02-15','C1','Europe/Berlin',0,'',1802678400000,1802678400000,1803888000000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/m-14/C1','remind','visit/1',1,-14,'2027-03-01','C1','Europe/Berlin',0,'',1803888000000,1803888000000,1804492800000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/m-7/C1','remind','visit/1',1,-7,'2027-03-08','C1','Europe/Berlin',0,'',1804492800000,1804492800000,1804838400000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/m-1/C1','remind','visit/1',1,-1,'2027-03-12','C1','Europe/Berlin',0,'',1804838400000,1804838400000,1805065200000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/d2027-03-15/C1','remind','visit/1',1,0,'2027-03-15','C1','Asia/Shanghai',1,'',1805065200000,1805065200000,1805126400000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/d2027-03-16/C1','remind','visit/1',1,0,'2027-03-16','C1','Asia/Shanghai',1,'',1805151600000,1805151600000,1805212800000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/d2027-03-17/C1','remind','visit/1',1,0,'2027-03-17','C1','Asia/Shanghai',1,'',1805238000000,1805238000000,1805299200000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/m1/C1','remind','visit/1',1,1,'2027-03-18','C1','Europe/Berlin',0,'',1805356800000,1805356800000,1805875200000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/m7/C1','remind','visit/1',1,7,'2027-03-24','C1','Europe/Berlin',0,'',1805875200000,1805875200000,1807084800000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/m30/C1','remind','visit/1',1,30,'2027-04-16','C1','Europe/Berlin',0,'',1807858800000,1807858800000,1809068400000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r1/m90/C1','remind','visit/1',1,90,'2027-06-15','C1','Europe/Berlin',0,'',1813042800000,1813042800000,1814252400000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/m-56/C1','remind','visit/1',2,-56,'2027-01-25','C1','Europe/Berlin',0,'',1800864000000,1800864000000,1802073600000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/m-28/C1','remind','visit/1',2,-28,'2027-02-22','C1','Europe/Berlin',0,'',1803283200000,1803283200000,1804492800000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/m-14/C1','remind','visit/1',2,-14,'2027-03-08','C1','Europe/Berlin',0,'',1804492800000,1804492800000,1805097600000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/m-7/C1','remind','visit/1',2,-7,'2027-03-15','C1','Europe/Berlin',0,'',1805097600000,1805097600000,1805443200000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/m-1/C1','remind','visit/1',2,-1,'2027-03-19','C1','Europe/Berlin',0,'',1805443200000,1805443200000,1805670000000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/d2027-03-22/C1','remind','visit/1',2,0,'2027-03-22','C1','Asia/Shanghai',1,'',1805670000000,1805670000000,1805731200000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/d2027-03-23/C1','remind','visit/1',2,0,'2027-03-23','C1','Asia/Shanghai',1,'',1805756400000,1805756400000,1805817600000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/d2027-03-24/C1','remind','visit/1',2,0,'2027-03-24','C1','Asia/Shanghai',1,'',1805842800000,1805842800000,1805904000000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/m1/C1','remind','visit/1',2,1,'2027-03-25','C1','Europe/Berlin',0,'',1805961600000,1805961600000,1806476400000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/m7/C1','remind','visit/1',2,7,'2027-03-31','C1','Europe/Berlin',0,'',1806476400000,1806476400000,1807686000000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/m30/C1','remind','visit/1',2,30,'2027-04-23','C1','Europe/Berlin',0,'',1808463600000,1808463600000,1809673200000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/1/r2/m90/C1','remind','visit/1',2,90,'2027-06-22','C1','Europe/Berlin',0,'',1813647600000,1813647600000,1814857200000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/2/r1/m-56/G2','remind','visit/2',1,-56,'2027-03-15','G2','Asia/Urumqi',0,'',1805079600000,1805079600000,1806289200000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/2/r1/m-28/G2','remind','visit/2',1,-28,'2027-04-12','G2','Asia/Urumqi',0,'',1807498800000,1807498800000,1808708400000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/2/r1/m-14/G2','remind','visit/2',1,-14,'2027-04-26','G2','Asia/Urumqi',0,'',1808708400000,1808708400000,1809313200000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/2/r1/m-7/G2','remind','visit/2',1,-7,'2027-05-03','G2','Asia/Urumqi',0,'',1809313200000,1809313200000,1809658800000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/2/r1/m-1/G2','remind','visit/2',1,-1,'2027-05-07','G2','Asia/Urumqi',0,'',1809658800000,1809658800000,1809910800000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/2/r1/d2027-05-10/G2','remind','visit/2',1,0,'2027-05-10','G2','Asia/Urumqi',1,'',1809910800000,1809910800000,1809972000000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/2/r1/m1/G2','remind','visit/2',1,1,'2027-05-11','G2','Asia/Urumqi',0,'',1810004400000,1810004400000,1810522800000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/2/r1/m7/G2','remind','visit/2',1,7,'2027-05-17','G2','Asia/Urumqi',0,'',1810522800000,1810522800000,1811732400000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/2/r1/m30/G2','remind','visit/2',1,30,'2027-06-09','G2','Asia/Urumqi',0,'',1812510000000,1812510000000,1813719600000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/2/r1/m90/G2','remind','visit/2',1,90,'2027-08-09','G2','Asia/Urumqi',0,'',1817780400000,1817780400000,1818990000000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/3/r1/catch-up/C3','catch-up','visit/3',1,-28,'2027-01-04','C3','Europe/Berlin',0,'',1799035200000,1799035200000,1800244800000,'sent',1799035230000,'',1,1799035200000,1799035201000,'1799035201.000100','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/3/r1/m-14/C3','remind','visit/3',1,-14,'2027-01-04','C3','Europe/Berlin',0,'',1799049600000,1799049600000,1799654400000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/3/r1/m-7/C3','remind','visit/3',1,-7,'2027-01-11','C3','Europe/Berlin',0,'',1799654400000,1799654400000,1800000000000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/3/r1/m-1/C3','remind','visit/3',1,-1,'2027-01-15','C3','Europe/Berlin',0,'',1800000000000,1800000000000,1800226800000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/3/r1/d2027-01-18/C3','remind','visit/3',1,0,'2027-01-18','C3','Asia/Shanghai',1,'',1800226800000,1800226800000,1800288000000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/3/r1/d2027-01-19/C3','remind','visit/3',1,0,'2027-01-19','C3','Asia/Shanghai',1,'',1800313200000,1800313200000,1800374400000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/3/r1/m1/C3','remind','visit/3',1,1,'2027-01-20','C3','Europe/Berlin',0,'',1800432000000,1800432000000,1800950400000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/3/r1/m7/C3','remind','visit/3',1,7,'2027-01-26','C3','Europe/Berlin',0,'',1800950400000,1800950400000,1802160000000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/3/r1/m30/C3','remind','visit/3',1,30,'2027-02-18','C3','Europe/Berlin',0,'',1802937600000,1802937600000,1804147200000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/visit/3/r1/m90/C3','remind','visit/3',1,90,'2027-04-19','C3','Europe/Berlin',0,'',1808118000000,1808118000000,1809327600000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/1/r1/m-14/C4','remind','inspection/1',1,-14,'2027-01-15','C4','Europe/Berlin',0,'',1800000000000,1800000000000,1801123200000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/1/r1/m-3/C4','remind','inspection/1',1,-3,'2027-01-28','C4','Europe/Berlin',0,'',1801123200000,1801123200000,1801350000000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/1/r1/d2027-01-31/C4','remind','inspection/1',1,0,'2027-01-31','C4','Asia/Shanghai',1,'',1801350000000,1801350000000,1801411200000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/1/r1/overdue/C4','overdue','inspection/1',1,0,'2027-02-01','C4','Europe/Berlin',0,'',1801468800000,1801468800000,0,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/1/r1/escalation/U1','escalation','inspection/1',1,0,'2027-02-03','U1','Europe/Berlin',0,'',1801641600000,1801641600000,0,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/2/r1/d2027-02-08/C5','remind','inspection/2',1,0,'2027-02-08','C5','Asia/Shanghai',1,'',1802041200000,1802041200000,1802102400000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/2/r1/overdue/C5','overdue','inspection/2',1,0,'2027-02-09','C5','Asia/Shanghai',0,'',1802134800000,1802134800000,0,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/2/r1/escalation/U2','escalation','inspection/2',1,0,'2027-02-11','U2','Asia/Shanghai',0,'',1802307600000,1802307600000,0,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/1/r2/m-14/C4','remind','inspection/1',2,-14,'2027-01-20','C4','Europe/Berlin',0,'',1800432000000,1800432000000,1801209600000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/1/r2/m-3/C4','remind','inspection/1',2,-3,'2027-01-29','C4','Europe/Berlin',0,'',1801209600000,1801209600000,1801609200000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/1/r2/d2027-02-03/C4','remind','inspection/1',2,0,'2027-02-03','C4','Asia/Shanghai',1,'',1801609200000,1801609200000,1801670400000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/1/r2/overdue/C4','overdue','inspection/1',2,0,'2027-02-04','C4','Europe/Berlin',0,'',1801728000000,1801728000000,0,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/1/r2/escalation/U1','escalation','inspection/1',2,0,'2027-02-08','U1','Europe/Berlin',0,'',1802073600000,1802073600000,0,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/3/r1/m-7/C6','remind','inspection/3',1,-7,'2027-01-13','C6','Europe/Berlin',0,'',1799827200000,1799827200000,1800399600000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/3/r1/d2027-01-20/C6','remind','inspection/3',1,0,'2027-01-20','C6','Asia/Shanghai',1,'',1800399600000,1800399600000,1800460800000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/3/r1/overdue/C6','overdue','inspection/3',1,0,'2027-01-21','C6','Europe/Berlin',0,'',1800518400000,1800518400000,0,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/3/r1/escalation/U1','escalation','inspection/3',1,0,'2027-01-25','U1','Europe/Berlin',0,'',1800864000000,1800864000000,0,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/4/r1/m-7/C6','remind','inspection/4',1,-7,'2027-01-14','C6','Europe/Berlin',0,'',1799913600000,1799913600000,1800486000000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/4/r1/d2027-01-21/C6','remind','inspection/4',1,0,'2027-01-21','C6','Asia/Shanghai',1,'',1800486000000,1800486000000,1800547200000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/4/r1/overdue/C6','overdue','inspection/4',1,0,'2027-01-22','C6','Europe/Berlin',0,'',1800604800000,1800604800000,0,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/4/r1/escalation/U1','escalation','inspection/4',1,0,'2027-01-26','U1','Europe/Berlin',0,'',1800950400000,1800950400000,0,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/5/r1/m-7/C6','remind','inspection/5',1,-7,'2027-01-15','C6','Europe/Berlin',0,'',1800000000000,1800000000000,1800572400000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/5/r1/d2027-01-22/C6','remind','inspection/5',1,0,'2027-01-22','C6','Asia/Shanghai',1,'',1800572400000,1800572400000,1800633600000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/5/r1/overdue/C6','overdue','inspection/5',1,0,'2027-01-25','C6','Europe/Berlin',0,'',1800864000000,1800864000000,0,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/5/r1/escalation/U1','escalation','inspection/5',1,0,'2027-01-27','U1','Europe/Berlin',0,'',1801036800000,1801036800000,0,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/6/r1/d2027-02-20/C6','remind','inspection/6',1,0,'2027-02-20','C6','Asia/Shanghai',1,'',1803078000000,1803078000000,1803139200000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/6/r1/overdue/C6','overdue','inspection/6',1,0,'2027-02-22','C6','Asia/Shanghai',0,'',1803258000000,1803258000000,0,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/inspection/6/r1/escalation/U1','escalation','inspection/6',1,0,'2027-02-24','U1','Asia/Shanghai',0,'',1803430800000,1803430800000,0,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/expired','tip','channel/S1',0,0,'','S1','Europe/Berlin',0,'chopsticks-upright',1799031600000,1799031600000,1799035140000,'expired',0,'',0,0,0,'','it was too late to be of use',0);
INSERT INTO occurrences VALUES('T1','T1/sending','tip','channel/S-sending',0,0,'2027-01-04','S-sending','Europe/Berlin',0,'toast-lower',1799031600000,1799031600000,1799121600000,'sending',1799035230000,'old',1,1799035200000,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/uncertain','tip','channel/S-uncertain',0,0,'2027-01-04','S-uncertain','Europe/Berlin',0,'toast-lower',1799031600000,1799031600000,1799121600000,'uncertain',1799035235000,'',1,1799035200000,0,'','context deadline exceeded',0);
INSERT INTO occurrences VALUES('T1','T1/sent','tip','channel/S-sent',0,0,'2027-01-04','S-sent','Europe/Berlin',0,'toast-lower',1799031600000,1799031600000,1799121600000,'sent',1799035230000,'',1,1799035200000,1799035201000,'1799035201.000100','',0);
INSERT INTO occurrences VALUES('T1','T1/dead','tip','channel/S-dead',0,0,'2027-01-04','S-dead','Europe/Berlin',0,'toast-lower',1799031600000,1799031600000,1799121600000,'dead',1799035230000,'',1,1799035200000,0,'','channel_not_found',0);
INSERT INTO occurrences VALUES('T1','T1/repeated','tip','channel/S-repeated',0,0,'2027-01-04','S-repeated','Europe/Berlin',0,'toast-lower',1799031600000,1799031600000,1799121600000,'sent',1799035230000,'',1,1799035200000,1799035201000,'1799035201.000200','',1);
INSERT INTO occurrences VALUES('T1','T1/paused','notice','channel/C9',0,0,'','C9','Europe/Berlin',1,'{"key":"T1/dead"}',1799031600000,1799031600000,1799121600000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/digest','digest','channel/U2',0,0,'2027-01-05','U2','Europe/Berlin',0,'',1799031600000,1799031600000,1799121600000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T1','T1/cancelled','tip','channel/C8',0,0,'','C8','Europe/Berlin',0,'',1799031600000,1799031600000,1799121600000,'cancelled',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/m-56/C1','remind','visit/1',1,-56,'2027-01-18','C1','Europe/Berlin',0,'',1800259200000,1800259200000,1801468800000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/m-28/C1','remind','visit/1',1,-28,'2027-02-15','C1','Europe/Berlin',0,'',1802678400000,1802678400000,1803888000000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/m-14/C1','remind','visit/1',1,-14,'2027-03-01','C1','Europe/Berlin',0,'',1803888000000,1803888000000,1804492800000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/m-7/C1','remind','visit/1',1,-7,'2027-03-08','C1','Europe/Berlin',0,'',1804492800000,1804492800000,1804838400000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/m-1/C1','remind','visit/1',1,-1,'2027-03-12','C1','Europe/Berlin',0,'',1804838400000,1804838400000,1805065200000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/d2027-03-15/C1','remind','visit/1',1,0,'2027-03-15','C1','Asia/Shanghai',1,'',1805065200000,1805065200000,1805126400000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/d2027-03-16/C1','remind','visit/1',1,0,'2027-03-16','C1','Asia/Shanghai',1,'',1805151600000,1805151600000,1805212800000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/d2027-03-17/C1','remind','visit/1',1,0,'2027-03-17','C1','Asia/Shanghai',1,'',1805238000000,1805238000000,1805299200000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/m1/C1','remind','visit/1',1,1,'2027-03-18','C1','Europe/Berlin',0,'',1805356800000,1805356800000,1805875200000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/m7/C1','remind','visit/1',1,7,'2027-03-24','C1','Europe/Berlin',0,'',1805875200000,1805875200000,1807084800000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/m30/C1','remind','visit/1',1,30,'2027-04-16','C1','Europe/Berlin',0,'',1807858800000,1807858800000,1809068400000,'pending',0,'',0,0,0,'','',0);
INSERT INTO occurrences VALUES('T2','T2/visit/1/r1/m90/C1','remind','visit/1',1,90,'2027-06-15','C1','Europe/Berlin',0,'',1813042800000,1813042800000,1814252400000,'pending',0,'',0,0,0,'','',0);
CREATE TABLE channel_gate (
  workspace TEXT NOT NULL,
  channel   TEXT NOT NULL, -- '' is the whole workspace
  open_at   BIGINT NOT NULL, -- elapsed time
  PRIMARY KEY (workspace, channel)
);
INSERT INTO channel_gate VALUES('T1','C9',1799035800000);
CREATE TABLE people (
  workspace TEXT NOT NULL,
  person    TEXT NOT NULL,
  zone      TEXT NOT NULL, -- the last one Slack told, or the fixed one
  fixed     BOOLEAN NOT NULL,
  quiet     TEXT NOT NULL, -- 20:00-08:00; '' is none, 'default' the setting
  PRIMARY KEY (workspace, person)
);
INSERT INTO people VALUES('T1','U1','Europe/Berlin',1,'21:00-07:30');
INSERT INTO people VALUES('T1','U2','America/New_York',0,'default');
CREATE TABLE tips_seen (
  workspace TEXT NOT NULL,
  place     TEXT NOT NULL, -- channel or person
  advice    TEXT NOT NULL,
  seen_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, place, advice)
);
INSERT INTO tips_seen VALUES('T1','C1','toast-lower',1799035200000);
INSERT INTO tips_seen VALUES('T1','C1','chopsticks-upright',1799035200000);
INSERT INTO tips_seen VALUES('T1','C2','business-cards',1799035200000);
CREATE TABLE feedback (
  workspace TEXT NOT NULL,
  advice    TEXT NOT NULL,
  person    TEXT NOT NULL,
  helpful   BOOLEAN NOT NULL,
  said_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, advice, person)
);
INSERT INTO feedback VALUES('T1','visa-letter','U1',1,1799035200000);
INSERT INTO feedback VALUES('T1','visa-letter','U2',0,1799035260000);
INSERT INTO feedback VALUES('T1','toast-lower','U2',1,1799035200000);
CREATE TABLE drafts (
  workspace TEXT NOT NULL,
  id        TEXT NOT NULL,
  person    TEXT NOT NULL,
  kind      TEXT NOT NULL,
  body      TEXT NOT NULL, -- JSON
  kept_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, id)
);
INSERT INTO drafts VALUES('T1','d1','U2','visit','{"factory_name":"东莞 \"Quick\" Tools"}',1799035200000);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('goose_db_version',2);
CREATE INDEX visits_by_channel ON visits (workspace, channel, last_day);
CREATE INDEX visits_by_day ON visits (workspace, last_day);
CREATE INDEX items_open ON items (workspace, owner) WHERE owner <> '' AND done_by = '';
CREATE INDEX inspections_by_day ON inspections (workspace, result, due_day);
CREATE INDEX inspections_by_factory ON inspections (workspace, factory, due_day);
CREATE UNIQUE INDEX inspections_of_plan ON inspections (workspace, plan, planned_day) WHERE plan > 0;
CREATE INDEX schedules_next ON schedules (next_at) WHERE next_at > 0 AND NOT paused;
CREATE INDEX occurrences_pending ON occurrences (wake_at) WHERE state = 'pending';
CREATE INDEX occurrences_held ON occurrences (hold_until) WHERE state IN ('sending', 'uncertain');
CREATE INDEX occurrences_to ON occurrences (workspace, recipient, state, sent_at);
CREATE INDEX occurrences_of ON occurrences (workspace, subject, state);
COMMIT;
