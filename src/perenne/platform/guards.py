"""Migration operations that let the database itself refuse what must never happen."""

from collections.abc import Sequence

from django.db import migrations

# Compares old and new row without the columns named in the trigger; none named: nothing may change.
REFUSE_CHANGE = """
create or replace function perenne_refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and tg_nargs > 0
       and to_jsonb(old) - tg_argv = to_jsonb(new) - tg_argv then
        return new;
    end if;
    raise exception 'table % is append-only: % refused', tg_table_name, lower(tg_op)
        using errcode = '42501', hint = 'Append a row that corrects it.';
end $$;
"""


def append_only(table: str, *, except_columns: Sequence[str] = ()) -> migrations.RunSQL:
    """Refuse UPDATE (but of the named columns), DELETE and TRUNCATE of a table."""
    arguments = ", ".join(f"'{column}'" for column in except_columns)
    return migrations.RunSQL(
        f"""
        create trigger append_only before update or delete on {table}
            for each row execute function perenne_refuse_change({arguments});
        create trigger append_only_whole before truncate on {table}
            for each statement execute function perenne_refuse_change();
        """,
        f"""
        drop trigger append_only on {table};
        drop trigger append_only_whole on {table};
        """,
    )


def same_company(table: str, column: str, target: str) -> migrations.RunSQL:
    """Refuse a row of ``table`` that refers to another company's row of ``target`` (X1)."""
    name = f"{table}_{column}_same_company"
    return migrations.RunSQL(
        f"""
        alter table {table} add constraint {name} foreign key (company_id, {column})
            references {target} (company_id, id) deferrable initially deferred;
        """,
        f"alter table {table} drop constraint {name};",
    )
