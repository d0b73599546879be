"""A subscription of which everything was returned has no term left, and has ended."""

from django.db import migrations

# The triggers stay; only what they ask of a subscription without terms changes.
RETURNED = """
create or replace function subscriptions_terms_chain() returns trigger language plpgsql as $$
declare
    stored record;
    latest date;
    gaps bigint;
begin
    select renews_on, ended_on into stored from subscriptions_subscription
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
    if latest is distinct from stored.renews_on
       and not (latest is null and stored.ended_on is not null) then
        raise exception 'subscription % renews on %, but its terms end on %',
            new.subscription_id, stored.renews_on, latest using errcode = '23514';
    end if;
    return null;
end $$;

create or replace function subscriptions_renews_on_of_terms() returns trigger
language plpgsql as $$
declare
    latest date;
begin
    select max(renews_on) into latest from subscriptions_term
        where subscription_id = new.id and reversed_by is null;
    if latest is distinct from new.renews_on
       and not (latest is null and new.ended_on is not null) then
        raise exception 'subscription % renews on %, but its terms end on %',
            new.id, new.renews_on, latest using errcode = '23514';
    end if;
    return null;
end $$;
create constraint trigger living_has_terms
    after update of ended_on on subscriptions_subscription
    deferrable initially deferred
    for each row execute function subscriptions_renews_on_of_terms();
"""

# Rows that the older code would refuse may be there by then; it would only refuse to touch them.
BEFORE = """
drop trigger living_has_terms on subscriptions_subscription;
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0007_ends")]

    operations = [migrations.RunSQL(RETURNED, BEFORE)]
