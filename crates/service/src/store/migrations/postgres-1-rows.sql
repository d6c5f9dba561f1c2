-- Ids are compared byte by byte, and may hold any character
CREATE TABLE entry (
    kind TEXT COLLATE "C" NOT NULL,
    id BYTEA NOT NULL,
    revision BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (kind, id)
);

-- What rows are found, counted and sorted by, in columns; kept by the program
CREATE TABLE facet (
    kind TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    id BYTEA NOT NULL,
    ring TEXT COLLATE "C" NOT NULL,
    life BIGINT NOT NULL,
    extractable BIGINT NOT NULL,
    imported BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    rotated BIGINT,
    expires BIGINT,
    deleted BIGINT,
    due BIGINT,
    PRIMARY KEY (kind, owner, id)
);

CREATE INDEX facet_by_ring ON facet (kind, owner, ring, id);
CREATE INDEX facet_by_life ON facet (kind, owner, life, id);
CREATE INDEX facet_by_extractable ON facet (kind, owner, extractable NULLS FIRST, id);
CREATE INDEX facet_by_imported ON facet (kind, owner, imported NULLS FIRST, id);
CREATE INDEX facet_by_created ON facet (kind, owner, created NULLS FIRST, id);
CREATE INDEX facet_by_updated ON facet (kind, owner, updated NULLS FIRST, id);
CREATE INDEX facet_by_rotated ON facet (kind, owner, rotated NULLS FIRST, id);
CREATE INDEX facet_by_expires ON facet (kind, owner, expires NULLS FIRST, id);
CREATE INDEX facet_by_deleted ON facet (kind, owner, deleted NULLS FIRST, id);
CREATE INDEX facet_by_due ON facet (kind, owner, due NULLS FIRST, id) WHERE due IS NOT NULL;

-- How many rows there are of each group, life and sort; kept by the trigger. Sixteen rows share
-- each count, so that those who make keys at the same time seldom wait for one another
CREATE TABLE facet_count (
    kind TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    ring TEXT COLLATE "C" NOT NULL,
    life BIGINT NOT NULL,
    extractable BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (kind, owner, ring, life, extractable, shard)
) WITH (fillfactor = 50);

CREATE FUNCTION facet_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part BIGINT;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        part := ('x' || left(md5(OLD.id), 1))::bit(4)::int;
        UPDATE facet_count c SET count = c.count - 1
            WHERE c.kind = OLD.kind AND c.owner = OLD.owner AND c.ring = OLD.ring
                AND c.life = OLD.life AND c.extractable = OLD.extractable AND c.shard = part;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        part := ('x' || left(md5(NEW.id), 1))::bit(4)::int;
        INSERT INTO facet_count AS c
            VALUES (NEW.kind, NEW.owner, NEW.ring, NEW.life, NEW.extractable, part, 1)
            ON CONFLICT (kind, owner, ring, life, extractable, shard)
                DO UPDATE SET count = c.count + 1;
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER facet_inserted_or_deleted AFTER INSERT OR DELETE ON facet
    FOR EACH ROW EXECUTE FUNCTION facet_counted();
CREATE TRIGGER facet_updated AFTER UPDATE ON facet
    FOR EACH ROW
    WHEN (
        OLD.ring <> NEW.ring OR OLD.life <> NEW.life OR OLD.extractable <> NEW.extractable
    )
    EXECUTE FUNCTION facet_counted();
