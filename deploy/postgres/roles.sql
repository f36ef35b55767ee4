-- Three roles for the three stores, in a database of its own: run once by its administrator,
--   createdb kuzet && psql -d kuzet -f deploy/postgres/roles.sql
-- then give each its password with \password in psql. Each service has the role of its name in its database.toml;
-- whatever looks at all of it (`kuzet backup`, reports, replays) comes as kuzet_web.
-- One role for all is simpler, and needs none of this: it owns the database and makes its schemas itself.
DO $$
DECLARE
    store text;
    owner text;
BEGIN
    FOREACH store IN ARRAY ARRAY['hub', 'people', 'courier'] LOOP
        owner := 'kuzet_' || CASE store WHEN 'people' THEN 'web' ELSE store END;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = owner) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', owner);
        END IF;
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', store, owner);
    END LOOP;
END $$;

-- The hub's is read by all; what people decided by the hub; what became of notifications by hub and dashboards.
GRANT USAGE ON SCHEMA hub TO kuzet_web, kuzet_courier;
ALTER DEFAULT PRIVILEGES FOR ROLE kuzet_hub IN SCHEMA hub GRANT SELECT ON TABLES TO kuzet_web, kuzet_courier;
GRANT USAGE ON SCHEMA people TO kuzet_hub;
ALTER DEFAULT PRIVILEGES FOR ROLE kuzet_web IN SCHEMA people GRANT SELECT ON TABLES TO kuzet_hub;
GRANT USAGE ON SCHEMA courier TO kuzet_hub, kuzet_web;
ALTER DEFAULT PRIVILEGES FOR ROLE kuzet_courier IN SCHEMA courier GRANT SELECT ON TABLES TO kuzet_hub, kuzet_web;
