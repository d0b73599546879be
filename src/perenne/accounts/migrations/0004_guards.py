"""The database itself refuses to take the last primary administrator from a company (U4)."""

from django.db import migrations

LAST_ADMINISTRATOR = migrations.RunSQL(
    """
    create function accounts_keep_an_administrator() returns trigger language plpgsql as $$
    declare
        company text;
    begin
        select company_id into company from accounts_person where id = old.person_id;
        -- Two administrators who take each other's role at once wait for one another here.
        perform 1 from accounts_company where id = company for no key update;
        if old.role = 'primary_admin' and not exists (
            select 1 from accounts_personrole r join accounts_person p on p.id = r.person_id
            where p.company_id = company and r.role = 'primary_admin')
        then
            raise exception 'company % would have no primary administrator', company
                using errcode = '23514', hint = 'Give the role to somebody else first.';
        end if;
        return null;
    end $$;
    create constraint trigger keep_an_administrator after delete or update on accounts_personrole
        deferrable initially deferred for each row
        execute function accounts_keep_an_administrator();
    """,
    """
    drop trigger keep_an_administrator on accounts_personrole;
    drop function accounts_keep_an_administrator();
    """,
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_signing_in")]

    operations = [LAST_ADMINISTRATOR]
