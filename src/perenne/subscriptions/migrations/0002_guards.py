"""Terms are gapless, do not overlap and stay; rows of one company refer to that company only."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

from perenne.platform.guards import append_only, same_company

NO_OVERLAP = migrations.RunSQL(
    """
    alter table subscriptions_term add constraint terms_do_not_overlap
        exclude using gist (subscription_id with =, daterange(starts_on, renews_on) with &&)
        where (reversed_by is null);
    """,
    "alter table subscriptions_term drop constraint terms_do_not_overlap;",
)

# Deferred, so that a transaction may append several terms and move the date in any order.
CHAIN = migrations.RunSQL(
    """
    create function subscriptions_terms_chain() returns trigger language plpgsql as $$
    declare
        stored date;
        latest date;
        gaps bigint;
    begin
        select renews_on into stored from subscriptions_subscription
            where id = coalesce(new.subscription_id, old.subscription_id);
        select max(renews_on),
               count(*) filter (where gap) into latest, gaps
            from (select renews_on,
                         starts_on <> lag(renews_on) over (order by starts_on) as gap
                  from subscriptions_term
                  where subscription_id = coalesce(new.subscription_id, old.subscription_id)
                    and reversed_by is null) chain;
        if gaps > 0 then
            raise exception 'a term of % does not start where the one before ends',
                new.subscription_id using errcode = '23514';
        end if;
        if latest is distinct from stored then
            raise exception 'subscription % renews on %, but its terms end on %',
                new.subscription_id, stored, latest using errcode = '23514';
        end if;
        return null;
    end $$;
    create constraint trigger terms_chain after insert or update on subscriptions_term
        deferrable initially deferred for each row execute function subscriptions_terms_chain();

    create function subscriptions_renews_on_of_terms() returns trigger language plpgsql as $$
    declare
        latest date;
    begin
        select max(renews_on) into latest from subscriptions_term
            where subscription_id = new.id and reversed_by is null;
        if latest is distinct from new.renews_on then
            raise exception 'subscription % renews on %, but its terms end on %',
                new.id, new.renews_on, latest using errcode = '23514';
        end if;
        return null;
    end $$;
    create constraint trigger renews_on_of_terms
        after insert or update of renews_on on subscriptions_subscription
        deferrable initially deferred
        for each row execute function subscriptions_renews_on_of_terms();
    """,
    """
    drop trigger renews_on_of_terms on subscriptions_subscription;
    drop function subscriptions_renews_on_of_terms();
    drop trigger terms_chain on subscriptions_term;
    drop function subscriptions_terms_chain();
    """,
)


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0001_initial"),
        ("accounts", "0001_initial"),
        ("platform", "0002_guards"),
    ]

    operations = [
        BtreeGistExtension(),
        NO_OVERLAP,
        CHAIN,
        append_only("subscriptions_term", except_columns=["reversed_by"]),
        append_only("subscriptions_seatchange"),
        same_company("subscriptions_subscription", "contract_id", "subscriptions_contract"),
        same_company("subscriptions_assignment", "subscription_id", "subscriptions_subscription"),
        same_company("subscriptions_assignment", "person_id", "accounts_person"),
    ]
