-- What rows are found, counted and sorted by, in columns; kept by the program
CREATE TABLE facet (
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    ring TEXT NOT NULL,
    life INTEGER NOT NULL,
    extractable INTEGER NOT NULL,
    imported INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    rotated INTEGER,
    expires INTEGER,
    deleted INTEGER,
    due INTEGER,
    PRIMARY KEY (kind, owner, id)
) STRICT, WITHOUT ROWID;

-- Every index ends in the id, because the table has no other row id
CREATE INDEX facet_by_ring ON facet (kind, owner, ring);
CREATE INDEX facet_by_life ON facet (kind, owner, life);
CREATE INDEX facet_by_extractable ON facet (kind, owner, extractable);
CREATE INDEX facet_by_imported ON facet (kind, owner, imported);
CREATE INDEX facet_by_created ON facet (kind, owner, created);
CREATE INDEX facet_by_updated ON facet (kind, owner, updated);
CREATE INDEX facet_by_rotated ON facet (kind, owner, rotated);
CREATE INDEX facet_by_expires ON facet (kind, owner, expires);
CREATE INDEX facet_by_deleted ON facet (kind, owner, deleted);
CREATE INDEX facet_by_due ON facet (kind, owner, due) WHERE due IS NOT NULL;

-- How many rows there are of each group, life and sort; kept by the triggers
CREATE TABLE facet_count (
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    ring TEXT NOT NULL,
    life INTEGER NOT NULL,
    extractable INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (kind, owner, ring, life, extractable)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER facet_inserted AFTER INSERT ON facet BEGIN
    INSERT INTO facet_count VALUES (NEW.kind, NEW.owner, NEW.ring, NEW.life, NEW.extractable, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER facet_deleted AFTER DELETE ON facet BEGIN
    UPDATE facet_count SET count = count - 1
        WHERE kind = OLD.kind AND owner = OLD.owner AND ring = OLD.ring AND life = OLD.life
            AND extractable = OLD.extractable;
END;

CREATE TRIGGER facet_updated AFTER UPDATE OF ring, life, extractable ON facet BEGIN
    UPDATE facet_count SET count = count - 1
        WHERE kind = OLD.kind AND owner = OLD.owner AND ring = OLD.ring AND life = OLD.life
            AND extractable = OLD.extractable;
    INSERT INTO facet_count VALUES (NEW.kind, NEW.owner, NEW.ring, NEW.life, NEW.extractable, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
END;

-- The keys that are there already
INSERT INTO facet
    SELECT
        'key',
        body ->> '$.instance',
        id,
        body ->> '$.ring',
        CASE
            WHEN body -> '$.deleted' IS NOT NULL THEN 5
            WHEN body ->> '$.disabled' IS NOT NULL THEN 2
            ELSE 1
        END,
        body ->> '$.extractable',
        body ->> '$.imported',
        body ->> '$.created',
        COALESCE(body ->> '$.updated', body ->> '$.created'),
        body ->> '$.rotated',
        body ->> '$.expires',
        body ->> '$.deleted.at',
        COALESCE(
            (body ->> '$.deleted.at') + 7776000,
            CASE WHEN body ->> '$.rotation.enabled' THEN
                MAX(
                    COALESCE(body ->> '$.rotated', body ->> '$.created'),
                    body ->> '$.rotation.stamp.updated'
                ) + 2592000 * (body ->> '$.rotation.interval_month')
            END
        )
    FROM (SELECT id, CAST(body AS TEXT) AS body FROM entry WHERE kind = 'key');
