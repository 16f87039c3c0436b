"""The clock that leases are judged by."""

from django.db import migrations

CREATE = """
CREATE FUNCTION qa_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT statement_timestamp() + coalesce(nullif(current_setting('qa.clock_offset', true), '')::interval, interval '0')
$$;
COMMENT ON FUNCTION qa_now() IS 'The database clock plus a session offset that only tests set.';
"""


class Migration(migrations.Migration):
    """Adds qa_now()."""

    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION qa_now()")]
